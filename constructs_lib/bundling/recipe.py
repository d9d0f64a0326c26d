"""What an artifact is made from: a function whole, a runtime layer, or a function that runs on such a layer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from constructs_lib.bundling.inside import LAYER_ROOT, TASK_ROOT


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
class _Runtime:
    """The inputs of a build that bundles an interpreter.

    Attributes:
        requirements: a pip requirements file; default none.
        architecture: the instruction set of the target.
        python: a CPython's executable or prefix to bundle; default the one that runs the build.
        start: how the artifact starts; default a snapshot where one can be made, else portable.
        preload: modules of dependencies and standard library to import at build time.
        builder: an image to build in a container of, with CPython and glibc; ``python`` is then a path in it, by default
            that of its ``python3``. Default: no container.
    """

    requirements: Path | None = None
    architecture: Architecture = Architecture.X86_64
    python: Path | None = None
    start: Start | None = None
    preload: tuple[str, ...] | None = None
    builder: str | None = None


@dataclass(frozen=True, kw_only=True)
class Recipe(_Runtime):
    """The inputs of one function's build; two equal recipes over equal files give the same artifact.

    Attributes:
        source: the handler's folder; becomes the task root.
        handler: ``module.function``, the module's path relative to ``source``.
        requirements: a pip requirements file; default ``source/requirements.txt`` where it exists, else none.
        initialize_at_build_time: the handler's module is part of the snapshot too.
        preload: modules of dependencies and standard library to import at build time; default those that the
            handler imports, as a trial run shows.
        environment: the function's variables; None for a value that is known at deployment only. A build fails where
            code that runs at build time reads such a one, and a start compares what was read of the others.
    """

    source: Path
    handler: str
    initialize_at_build_time: bool = False
    environment: Mapping[str, str | None] = field(default_factory=dict)

    place: ClassVar[str] = TASK_ROOT

    @property
    def name(self) -> str:
        """What errors call it."""
        return f"function {self.source.name!r}"


@dataclass(frozen=True, kw_only=True)
class LayerRecipe(_Runtime):
    """The inputs of one runtime layer's build: everything of a function's artifact but a function.

    Attributes:
        requirements: a pip requirements file of what the functions share; default none.
        preload: modules of dependencies and standard library to import at build time; default those of the packages that
            ``requirements`` names itself.
    """

    handler: ClassVar[str] = ""
    initialize_at_build_time: ClassVar[bool] = False
    environment: ClassVar[Mapping[str, str | None]] = {}
    place: ClassVar[str] = LAYER_ROOT
    name: ClassVar[str] = "the runtime layer"


@dataclass(frozen=True, kw_only=True)
class OnLayerRecipe:
    """The inputs of the build of a function whose runtime is in a layer.

    Attributes:
        source: the handler's folder; becomes the task root.
        handler: ``module.function``, the module's path relative to ``source``.
        requirements: a pip requirements file; default ``source/requirements.txt`` where it exists, else none. What of it
            the layer has already is not installed again.
        layer: the layer's own recipe.
    """

    source: Path
    handler: str
    layer: LayerRecipe
    requirements: Path | None = None

    place: ClassVar[str] = TASK_ROOT

    @property
    def name(self) -> str:
        """What errors call it."""
        return f"function {self.source.name!r}"

    @property
    def architecture(self) -> Architecture:
        """The layer's."""
        return self.layer.architecture

    @property
    def python(self) -> Path | None:
        """The layer's."""
        return self.layer.python

    @property
    def builder(self) -> str | None:
        """The layer's."""
        return self.layer.builder


# What brings a bootstrap, and what a build can be asked for.
RuntimeRecipe = Recipe | LayerRecipe
AnyRecipe = Recipe | LayerRecipe | OnLayerRecipe
