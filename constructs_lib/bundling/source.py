"""The handler's folder: what of it becomes part of an artifact, and whether it holds what a recipe says."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.recipe import AnyRecipe, LayerRecipe, OnLayerRecipe, Recipe

# Not part of a function: what tools and editors leave in its folder.
IGNORED = frozenset(
    {"__pycache__", ".git", ".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".DS_Store"}
    # The layer of a configuration that is for one machine alone, see ``thaw_runtime.config``.
    | {"config.local.json", "config.local.toml"}
)
# What an artifact puts beside the handler's files.
RESERVED = ("bootstrap", "thaw")


class SourceError(BundlingError):
    """The handler's folder does not hold what the recipe says."""

    id = "THAW009"


def files(root: Path) -> Iterator[Path]:
    """The files of a handler's folder that become part of the artifact, sorted; links are followed.

    Raises:
        SourceError: a link leads nowhere or back to a folder above it, or something is no regular file.
    """
    for parent, folders, names in os.walk(root, followlinks=True):
        folders[:] = sorted(folder for folder in folders if folder not in IGNORED)
        for folder in folders:
            _check_no_loop(Path(parent) / folder)
        for name in sorted(names):
            if name not in IGNORED and not name.endswith(".pyc"):
                yield _regular(Path(parent) / name)


def copy(root: Path, folder: Path) -> None:
    """Copies the files of a handler's folder into another one; links become files.

    Raises:
        SourceError: as ``files``.
    """
    for file in files(root):
        target = folder / file.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)


def requirements_of(recipe: AnyRecipe) -> Path | None:
    """The requirements file of a recipe, None where it has none."""
    if recipe.requirements is not None or isinstance(recipe, LayerRecipe):
        return recipe.requirements
    beside = recipe.source / "requirements.txt"
    return beside if beside.is_file() else None


def check(recipe: AnyRecipe) -> None:
    """Checks that folder, requirements and handler are there.

    Raises:
        SourceError: one of them is not, or a name in the folder is one that the artifact needs.
    """
    if not isinstance(recipe, LayerRecipe):
        _check_folder(recipe)
    if recipe.requirements is not None and not recipe.requirements.is_file():
        raise SourceError(
            "the requirements file does not exist",
            received=recipe.requirements,
            allowed="a requirements file as pip takes it",
            change="correct requirements, or leave it out to use requirements.txt in the handler's folder",
        )


def _check_folder(recipe: Recipe | OnLayerRecipe) -> None:
    if not recipe.source.is_dir():
        raise SourceError(
            "the handler's folder does not exist",
            received=recipe.source,
            allowed="the path of a folder",
            change="correct source (DIR)",
        )
    for reserved in RESERVED:
        if os.path.lexists(recipe.source / reserved):
            raise SourceError(
                "the handler's folder holds a name that the artifact needs",
                received=recipe.source / reserved,
                allowed=f"any name but {' and '.join(RESERVED)}",
                change="rename it",
            )
    _check_handler(recipe)


def _check_handler(recipe: Recipe | OnLayerRecipe) -> None:
    module, _, function = recipe.handler.rpartition(".")
    path = recipe.source / module.replace(".", "/")
    if (
        not module
        or not function
        or not (path.with_name(f"{path.name}.py").is_file() or (path / "__init__.py").is_file())
    ):
        modules = sorted(str(file.relative_to(recipe.source)) for file in recipe.source.glob("*.py"))
        raise SourceError(
            "the handler's module is not in its folder",
            received=f"handler {recipe.handler!r} in {recipe.source}",
            allowed=f"MODULE.FUNCTION with one of {', '.join(modules) or 'no module at all'}",
            change="correct handler, or source",
        )


def _check_no_loop(folder: Path) -> None:
    if folder.is_symlink() and folder.parent.resolve().is_relative_to(folder.resolve()):
        raise SourceError(
            "a link in the handler's folder leads back to a folder above it",
            received=f"{folder} -> {folder.readlink()}",
            allowed="links to files, and to folders that are not above them",
            change="remove the link",
        )


def _regular(path: Path) -> Path:
    if not path.is_file():
        raise SourceError(
            "the handler's folder holds something that is not a file",
            received=f"{path} -> {path.readlink()}" if path.is_symlink() else path,
            allowed="files, folders, and links to them",
            change="remove it, or correct where the link leads",
        )
    return path
