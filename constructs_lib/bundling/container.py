"""Builds in a container: where this machine is no Linux, is of another architecture, or refuses namespaces.

The same package runs there (``in_container``), by the Python of the image, which is also the one that is bundled. What it
needs besides is installed here for the container's platform and mounted, so that ``python:3.13-slim`` will do as it is.
The container has the handler's folder, the folders of the requirements and this package, read-only and where they lie
here, and one folder of the cache, from where the artifact is linked to the place of every other.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from constructs_lib.bundling import (
    cache,
    container_engine,
    dependencies,
    fingerprinting,
    runtime_sources,
    source,
    starts,
)
from constructs_lib.bundling.recipe import (
    AnyRecipe,
    Architecture,
    LayerRecipe,
    OnLayerRecipe,
    RuntimeRecipe,
    Start,
)

PLATFORMS = {Architecture.X86_64: "linux/amd64", Architecture.ARM64: "linux/arm64"}
LOCK = Path(__file__).with_name("builder.txt")
CODE, PACKAGES = "/thaw/code", "/thaw/packages"
# From the environment of whoever builds: which package index, and how it is reached.
PASSED_ON = (
    "UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_INDEX_STRATEGY",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
)  # fmt: skip
# Docker's own profiles refuse unshare and mount, by which a snapshot gets its root. Where ordinary users may make no
# namespaces (Ubuntu from 24.04 on, kernel.apparmor_restrict_unprivileged_userns), CAP_SYS_ADMIN may. The label is
# SELinux's, which hides from a container what is not marked for it.
PRIVILEGES = (
    *("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"),
    *("--security-opt", "label=disable", "--cap-add", "SYS_ADMIN"),
)


@dataclass(frozen=True)
class Mount:
    """A folder of this machine, and where a container has it."""

    source: Path
    target: Path
    writable: bool = False

    def __str__(self) -> str:
        """As engines take it."""
        return f"type=bind,source={self.source},target={self.target}{'' if self.writable else ',readonly'}"


def inputs(recipe: AnyRecipe) -> list[object]:
    """What an artifact depends on in place of the interpreter, which only the container knows.

    The image counts by its name as given: where a tag comes to name another image, only a name with a digest
    (``python@sha256:...``) tells.
    """
    return [recipe.builder, str(recipe.python), _runtime(recipe).start]


def make(recipe: AnyRecipe, folder: Path, report: Callable[[str], None]) -> None:
    """Fills a new folder of the cache with an artifact that was built in a container of ``recipe.builder``.

    Raises:
        ContainerEngineError: no engine answers, or it cannot start a container of the image.
        ContainerBuildError: the container ended without a result.
        SnapshotUnavailableError: a snapshot is asked for, and the engine would emulate the function's architecture.
        BundlingError: what the build in the container raised, in its own words.
    """
    image = str(recipe.builder)
    start = starts.choose(_runtime(recipe), _emulation(recipe.architecture))
    seen = _seen(recipe, start)
    own = cache.cache_folder() / "containers" / fingerprinting.of_values(image, recipe.architecture)
    own.mkdir(parents=True, exist_ok=True)
    packages = _packages(recipe.architecture)
    with tempfile.TemporaryDirectory(prefix=".build-", dir=own) as name:
        scratch = Path(name)
        (scratch / "recipe.json").write_text(json.dumps(asdict(seen), default=str))
        own_files = []
        if not isinstance(seen, LayerRecipe):
            # A copy: links in the folder may lead to where the container has nothing.
            source.copy(seen.source, scratch / "source")
            own_files = [Mount(scratch / "source", seen.source)]
        mounts = [
            *(Mount(each, Path(CODE) / each.name) for each in runtime_sources.EVERYTHING),
            Mount(packages, Path(PACKAGES)),
            *(Mount(each, each) for each in _folders_of_requirements(seen)),
            *own_files,
            Mount(own, own, writable=True),
        ]
        report(f"starting a container of {image}")
        arguments = options(image, recipe.architecture, mounts, own)
        key = container_engine.run([*arguments, str(scratch / "recipe.json")], report)
    cache.link_tree(own / "artifacts" / key, folder)


def options(image: str, architecture: Architecture, mounts: Iterable[Mount], own_cache: Path) -> list[str]:
    """What follows ``docker run`` for a build's container; the name of the recipe's file is to be added.

    Variables of the caller's environment are passed on by name: values would be in the list of processes.
    """
    environment = {
        "PYTHONPATH": f"{CODE}:{PACKAGES}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "THAW_CACHE": own_cache,
        "UV_CACHE_DIR": own_cache / "uv",
        "HOME": "/tmp",  # noqa: S108 - the container's own
    }
    return [
        # Not as the image says: the program becomes the owner of the cache folder, whoever that is in the container.
        *("--platform", PLATFORMS[architecture], "--user", "0:0"),
        *PRIVILEGES,
        # Outer folders first, for engines that mount in the order given.
        *(f"--mount={mount}" for mount in sorted(mounts, key=lambda mount: mount.target)),
        *(f"--env={name}={value}" for name, value in environment.items()),
        *(f"--env={name}" for name in PASSED_ON if name in os.environ),
        *("--entrypoint", "python3", image, "-P", "-m", "constructs_lib.bundling.in_container"),
    ]


def _emulation(architecture: Architecture) -> str | None:
    """Why no snapshot can be made: the memory of an emulated process is its emulator's too. None where it can."""
    machine = container_engine.architecture()
    if machine == architecture:
        return None
    return f"the container engine's machine is {machine or 'another one'}, the function {architecture}"


def _runtime(recipe: AnyRecipe) -> RuntimeRecipe:
    return recipe.layer if isinstance(recipe, OnLayerRecipe) else recipe


def _seen(recipe: AnyRecipe, start: Start | None) -> AnyRecipe:
    """The recipe for the build in the container."""
    if isinstance(recipe, OnLayerRecipe):
        layer = replace(recipe.layer, **_paths(recipe.layer), builder=None, start=start)
        return replace(recipe, **_paths(recipe), layer=layer)
    return replace(recipe, **_paths(recipe), builder=None, start=start)


def _paths(recipe: AnyRecipe) -> dict[str, Any]:
    # Without ``..``, which leads elsewhere where the folder that it comes after is missing.
    return {
        name: Path(os.path.abspath(path))  # noqa: PTH100 - resolves links
        for name in ("source", "requirements")
        if (path := getattr(recipe, name, None)) is not None
    }


def _folders_of_requirements(recipe: AnyRecipe) -> set[Path]:
    requirements = source.requirements_of(recipe)
    files = [] if requirements is None else dependencies.files(requirements)
    folders = {Path(os.path.abspath(file)).parent for file in files}  # noqa: PTH100 - as above
    if isinstance(recipe, OnLayerRecipe):
        folders |= _folders_of_requirements(recipe.layer)
    return folders - {getattr(recipe, "source", None)}


def _packages(architecture: Architecture) -> Path:
    folder, _ = cache.get_or_make(
        "builders",
        fingerprinting.of_values(LOCK.read_text(), architecture),
        lambda scratch: dependencies.install_locked(LOCK, scratch, architecture),
    )
    return folder
