"""Builds of tests: one cache folder for all of them, apart from the user's, gone when they end."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.bundling import Artifact, Recipe, Start, build
from constructs_lib.bundling.cache import cache_folder

HELLO = "def handle(event, context):\n    return event\n"
# What is the same whoever makes it, and takes long to make, is the user's: installed tools and what they leave behind.
_TOOLS = ("bootstraps", "databases", "node", "tools", "zig")
_BUILT = ("archives", "artifacts", "snapshots")


@cache
def shared_cache() -> Path:
    """The cache folder of this test session; what is made before a function's own files is the user's too, as of the very same sources."""
    folder = Path(tempfile.mkdtemp(prefix="thaw-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return with_users(folder, *_TOOLS, "interpreters", "layers", "native", "packages")


def share(folder: Path) -> None:
    """Makes what is built in this session be built in another session's cache, where both take it from."""
    for name in _BUILT:
        (folder / name).mkdir(exist_ok=True)
        (shared_cache() / name).symlink_to(folder / name)


def with_users(folder: Path, *names: str) -> Path:
    """Makes parts of the user's cache parts of another one; without names, the tools alone."""
    folder.mkdir(exist_ok=True)
    for name in names or _TOOLS:
        users = cache_folder() / name
        users.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(users.resolve())
    return folder


def built(
    source: Path,
    *,
    handler: str = "handler.handle",
    start: Start = Start.PORTABLE,
    zipped: bool = True,
    **options: Any,
) -> Artifact:
    """The artifact of a handler's folder, from the cache of the session; a portable start unless it is given."""
    folder = shared_cache()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_CACHE", str(folder))
        return build(Recipe(source=source, handler=handler, start=start, **options), zipped=zipped)


def function(folder: Path, **files: str) -> Path:
    """A handler's folder: ``handler.py``, which echoes its event unless it is given, and other modules."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {"handler": HELLO, **files}.items():
        (folder / f"{name}.py").write_text(text)
    return folder
