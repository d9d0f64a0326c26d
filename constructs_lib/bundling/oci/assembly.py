"""From a recipe to an image.

    image's root/
      lambda-entrypoint                    the image's ENTRYPOINT
      etc/ tmp/                            what a file system FROM scratch lacks
      usr/local/bin/aws-lambda-rie         the emulator, unless the recipe leaves it out
      var/task/                            the artifact

Layers, from what changes seldom to what changes often: system, emulator, interpreter, dependencies, start (the bootstrap, which
a snapshot's memory is), handler.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from constructs_lib.bundling import assembly as artifacts
from constructs_lib.bundling import cache, fingerprinting, lambda_environment
from constructs_lib.bundling.inside import TASK_ROOT
from constructs_lib.bundling.oci import context, layout, system
from constructs_lib.bundling.oci.layers import Layer, Part, layer_of
from constructs_lib.bundling.oci.recipe import BOOTSTRAP, ENTRYPOINT, ImageRecipe
from constructs_lib.bundling.stages import HOME, ROOT, Report

# What of the cache is bounded.
BOUNDED = ("images", "layers")
LAYOUT = "layout"
CONTEXT = "context"
DESCRIBED = "image.json"
# Lambda takes snapshots of images whose runtime does not take part only with this label; ours does:
# https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-custom.html
SNAP_START = {"com.amazonaws.lambda.feature.snapstart": "Allow"}
# The layers, lowest first, and whether a layer changes seldom.
_SELDOM = {
    "system": True,
    "emulator": True,
    "interpreter": True,
    "dependencies": False,
    "start": False,
    "handler": False,
}
_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image in the build cache.

    Attributes:
        root: the tree of its files, which nobody may change.
        layout: the OCI layout; packed with tar it is what ``docker load`` takes.
        context: what an engine builds the image from where it has a base; None FROM scratch.
        fingerprint: 64 hexadecimal digits over every input of the build.
        reused: whether the cache had it, so that no build step ran.
        layers: from the lowest to the topmost.
    """

    root: Path
    layout: Path
    context: Path | None
    fingerprint: str
    reused: bool
    layers: tuple[Layer, ...]

    @property
    def tag(self) -> str:
        """The name that an engine gives the image when it loads the layout."""
        return layout.tag_of(self.fingerprint)

    @property
    def compressed_bytes(self) -> int:
        """What a registry keeps."""
        return sum(layer.bytes for layer in self.layers)

    @property
    def uncompressed_bytes(self) -> int:
        """What its files take."""
        return sum(layer.uncompressed_bytes for layer in self.layers)


def fingerprint(recipe: ImageRecipe) -> str:
    """64 hexadecimal digits over every input of a build; no build step runs.

    Raises:
        BundlingError: the recipe names something that is not there.
    """
    function = artifacts.fingerprint(recipe.function)
    return fingerprinting.of_values(
        function, recipe.function.handler, recipe.emulator, recipe.snap_start, recipe.base
    )


def build_image(recipe: ImageRecipe, *, report: Report | None = None) -> Image:
    """Makes an image, or finds it in the cache.

    Args:
        recipe: what to build.
        report: told each step that really runs, as a short sentence.

    Raises:
        BundlingError: something of the recipe is missing or does not fit.
    """
    report = report or (lambda _step: None)
    key = fingerprint(recipe)
    folder, reused = cache.get_or_make("images", key, lambda scratch: _make(recipe, key, scratch, report))
    if not reused:
        cache.prune(BOUNDED)
    described = json.loads((folder / DESCRIBED).read_text())
    layers = tuple(Layer(**{**each, "reused": reused or each["reused"]}) for each in described["layers"])
    return Image(
        root=folder / ROOT,
        layout=folder / LAYOUT,
        context=None if recipe.base is None else folder / CONTEXT,
        fingerprint=key,
        reused=reused,
        layers=layers,
    )


def _make(recipe: ImageRecipe, key: str, folder: Path, report: Report) -> None:
    architecture = recipe.function.architecture
    artifact = artifacts.build(recipe.function, report=report, zipped=False)
    root = folder / ROOT
    root.mkdir()
    system.lay(root, architecture)
    if recipe.emulator:
        cache.link_file(system.emulator(architecture), root / system.EMULATOR)
    cache.link_tree(artifact.root, root / TASK_ROOT[1:])
    report("packing the image's layers")
    parts = list(_parts(root))
    layers = [layer_of(part) for part in parts]
    start = _start(recipe)
    layout.write(folder / LAYOUT, layers, start, architecture=architecture, tag=layout.tag_of(key))
    if recipe.base is not None:
        context.write(folder / CONTEXT, parts, start, recipe.base)
    described = {
        "entrypoint": start["Entrypoint"],
        "command": start["Cmd"],
        "environment": dict(each.split("=", 1) for each in start["Env"]),
        "working_directory": start["WorkingDir"],
        "architecture": architecture,
        "layers": [vars(layer) for layer, _ in layers],
    }
    (folder / DESCRIBED).write_text(json.dumps(described))


def _start(recipe: ImageRecipe) -> dict[str, Any]:
    """What a container of the image starts, and in which environment: that of Lambda's OS-only runtimes."""
    variables = {"PATH": _PATH, **lambda_environment.KNOWN}
    return {
        "Entrypoint": [ENTRYPOINT, BOOTSTRAP],
        "Cmd": [recipe.function.handler],
        "Env": [f"{name}={value}" for name, value in variables.items()],
        "WorkingDir": TASK_ROOT,
        **({"Labels": SNAP_START} if recipe.snap_start else {}),
    }


def _parts(root: Path) -> Iterator[Part]:
    """What becomes the layers of an image, lowest first."""
    found: dict[str, list[str]] = {name: [] for name in _SELDOM}
    for path in _entries(root):
        found[_part_of(PurePosixPath(path))].append(path)
    for name, paths in found.items():
        if paths:
            yield Part(name, root, tuple(paths), _SELDOM[name])


def _entries(root: Path) -> Iterator[str]:
    """The files and empty folders of a tree, relative to it."""
    for parent, folders, names in os.walk(root):
        here = Path(parent)
        for path in (*map(here.joinpath, names), *([] if folders or names else [here])):
            yield str(path.relative_to(root))


def _part_of(path: PurePosixPath) -> str:
    task_root = PurePosixPath(TASK_ROOT[1:])
    if path == PurePosixPath(system.EMULATOR):
        return "emulator"
    if not path.is_relative_to(task_root):
        return "system"
    within = path.relative_to(task_root)
    if within == PurePosixPath("bootstrap"):
        return "start"
    if within.is_relative_to(f"{HOME}/packages"):
        return "dependencies"
    is_interpreter = any(within.is_relative_to(f"{HOME}/{name}") for name in ("bin", "lib"))
    return "interpreter" if is_interpreter else "handler"
