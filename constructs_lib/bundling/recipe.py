"""What a function's artifact is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Architecture(StrEnum):
    """The instruction sets of Lambda, by the names its API gives them."""

    X86_64 = "x86_64"
    ARM64 = "arm64"


class Start(StrEnum):
    """How the artifact starts.

    ``PORTABLE``: a bundled CPython that imports runtime and handler at each cold start.
    ``SNAPSHOT``: the memory of a process that has imported runtime and dependencies at build time.
    """

    PORTABLE = "portable"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The inputs of one build; two equal recipes over equal files give the same artifact.

    Attributes:
        source: the handler's folder; becomes the task root.
        handler: ``module.function``, the module's path relative to ``source``.
        requirements: a pip requirements file; default ``source/requirements.txt`` where it exists, else none.
        architecture: the instruction set of the target.
        python: a CPython's executable or prefix to bundle; default the one that runs the build.
        start: how the artifact starts; default a snapshot where one can be made, else portable.
        initialize_at_build_time: the handler's module is part of the snapshot too.
        preload: modules of dependencies and standard library to import at build time; default those that the
            handler imports, as a trial run shows.
        environment: the function's variables; None for a value that is known at deployment only. A build fails where
            code that runs at build time reads such a one, and a start compares what was read of the others.
        builder: an image to build in a container of, with CPython and glibc; ``python`` is then a path in it, by default
            that of its ``python3``. Default: no container.
    """

    source: Path
    handler: str
    requirements: Path | None = None
    architecture: Architecture = Architecture.X86_64
    python: Path | None = None
    start: Start | None = None
    initialize_at_build_time: bool = False
    preload: tuple[str, ...] | None = None
    environment: Mapping[str, str | None] = field(default_factory=dict)
    builder: str | None = None
