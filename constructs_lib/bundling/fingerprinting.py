"""Identifies a build by its inputs, so that nothing needs to be built to know whether it would come out the same."""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from constructs_lib.bundling import runtime_sources, source
from constructs_lib.bundling.recipe import Recipe


def of_files(root: Path) -> str:
    """64 hexadecimal digits over the files below ``root``: paths, executable bits, contents.

    CDK's own fingerprint leaves out the executable bit, and then a ``chmod +x`` is never deployed (aws-cdk#6072).
    """
    entries = [
        [str(path.relative_to(root)), bool(path.stat().st_mode & 0o111), _of_bytes(path.read_bytes())]
        for path in source.files(root)
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
    recipe: Recipe, requirements: Iterable[Path], interpreter_digest: str, snapshot: list[object] | None
) -> str:
    """64 hexadecimal digits over everything that one build depends on.

    Args:
        recipe: what is built.
        snapshot: what a snapshot depends on besides; None for a portable start.
        requirements: every file that says what is installed.
        interpreter_digest: of the bundled CPython.
    """
    return of_values(
        of_requirements(requirements, interpreter_digest),
        of_files(recipe.source),
        recipe.handler,
        recipe.architecture,
        snapshot,
    )


def _of_bytes(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
