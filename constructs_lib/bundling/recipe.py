"""What a function's artifact is made from."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Architecture(StrEnum):
    """The instruction sets of Lambda, by the names its API gives them."""

    X86_64 = "x86_64"
    ARM64 = "arm64"


class Start(StrEnum):
    """How the artifact starts.

    ``PORTABLE``: a bundled CPython that imports runtime and handler at each cold start.
    """

    PORTABLE = "portable"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The inputs of one build; two equal recipes over equal files give the same artifact.

    Attributes:
        source: the handler's folder; becomes the task root.
        handler: ``module.function``, the module's path relative to ``source``.
        requirements: a pip requirements file; default ``source/requirements.txt`` where it exists, else none.
        architecture: the instruction set of the target.
        python: a CPython's executable or prefix to bundle; default the one that runs the build.
        start: how the artifact starts.
    """

    source: Path
    handler: str
    requirements: Path | None = None
    architecture: Architecture = Architecture.X86_64
    python: Path | None = None
    start: Start = Start.PORTABLE
