"""Identifies a build by its inputs, so that nothing needs to be built to know whether it would come out the same."""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from constructs_lib.bundling import runtime_sources, source
from constructs_lib.bundling.recipe import AnyRecipe, LayerRecipe


def of_files(root: Path) -> str:
    """64 hexadecimal digits over the files below ``root``: paths, executable bits, contents.

    CDK's own fingerprint leaves out the executable bit, and then a ``chmod +x`` is never deployed (aws-cdk#6072).
    """
    return of_named((str(path.relative_to(root)), path) for path in source.files(root))


def of_named(files: Iterable[tuple[str, Path]]) -> str:
    """The same over files that will have other paths than they have now."""
    entries = [
        [name, bool(path.stat().st_mode & 0o111), _of_bytes(path.read_bytes())] for name, path in files
    ]
    return of_values(entries)


def of_values(*values: object) -> str:
    """64 hexadecimal digits over values that JSON can write."""
    return _of_bytes(json.dumps(values).encode())


@cache
def of_tool() -> str:
    """64 hexadecimal digits over what builds and what is built in: this package, the runtime, the native sources."""
    built_in = (*runtime_sources.BUNDLED, runtime_sources.SNAPSHOT_BUILD, runtime_sources.NATIVE)
    return of_values([of_files(folder) for folder in (Path(__file__).parent, *built_in)])


def of_requirements(files: Iterable[Path], interpreter_digest: str) -> str:
    """64 hexadecimal digits over everything that installed dependencies depend on, the registry aside."""
    return of_values(of_tool(), interpreter_digest, [_of_bytes(file.read_bytes()) for file in files])


def of_recipe(
    recipe: AnyRecipe, requirements: Iterable[Path], interpreter_digest: str, bootstrap: object
) -> str:
    """64 hexadecimal digits over everything that one build depends on.

    Args:
        recipe: what is built.
        bootstrap: what a snapshot depends on besides, or the fingerprint of the layer that has it; None for a portable
            start.
        requirements: every file that says what is installed.
        interpreter_digest: of the bundled CPython.
    """
    return of_values(
        of_requirements(requirements, interpreter_digest),
        None if isinstance(recipe, LayerRecipe) else [of_files(recipe.source), recipe.handler],
        recipe.architecture,
        bootstrap,
    )


def _of_bytes(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
