"""Identifies a build by its inputs, so that nothing needs to be built to know whether it would come out the same."""

import hashlib
import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from constructs_lib.bundling.native import SOURCES as NATIVE_SOURCES
from constructs_lib.bundling.recipe import Recipe

RUNTIME_SOURCES = NATIVE_SOURCES.parent / "thaw_runtime"
# Not part of a function: what tools and editors leave in its folder.
IGNORED = frozenset(
    {"__pycache__", ".git", ".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".DS_Store"}
)


def of_files(root: Path) -> str:
    """64 hexadecimal digits over the files below ``root``: paths, executable bits, contents.

    CDK's own fingerprint leaves out the executable bit, and then a ``chmod +x`` is never deployed (aws-cdk#6072).
    """
    entries = [
        [str(path.relative_to(root)), bool(path.stat().st_mode & 0o111), _of_bytes(path.read_bytes())]
        for path in source_files(root)
    ]
    return of_values(entries)


def of_values(*values: object) -> str:
    """64 hexadecimal digits over values that JSON can write."""
    return _of_bytes(json.dumps(values).encode())


def source_files(root: Path) -> Iterator[Path]:
    """The files of a handler's folder that become part of the artifact, sorted; links are followed."""
    for parent, folders, names in os.walk(root, followlinks=True):
        folders[:] = sorted(folder for folder in folders if folder not in IGNORED)
        for name in sorted(names):
            if name not in IGNORED and not name.endswith(".pyc"):
                yield Path(parent) / name


@cache
def of_tool() -> str:
    """64 hexadecimal digits over what builds and what is built in: this package, the runtime, the native sources."""
    return of_values(
        [of_files(folder) for folder in (Path(__file__).parent, RUNTIME_SOURCES, NATIVE_SOURCES)]
    )


def of_recipe(recipe: Recipe, requirements: Path | None, interpreter_digest: str) -> str:
    """64 hexadecimal digits over everything that one build depends on."""
    return of_values(
        of_tool(),
        interpreter_digest,
        of_files(recipe.source),
        "" if requirements is None else _of_bytes(requirements.read_bytes()),
        recipe.handler,
        recipe.architecture,
        recipe.start,
    )


def _of_bytes(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
