"""The build cache: folders by content, made once, published whole.

A folder under its final name is complete: it is made beside it under a temporary name and renamed, so an interrupted
build leaves nothing that counts. Two processes that want the same folder build it once.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from constructs_lib.bundling.errors import BundlingError


class CacheError(BundlingError):
    """The build cache cannot be written."""

    id = "THAW011"


def cache_folder() -> Path:
    """``$THAW_CACHE``, else ``$XDG_CACHE_HOME/thaw``, else ``~/.cache/thaw``; not necessarily there yet."""
    if explicit := os.environ.get("THAW_CACHE"):
        return Path(explicit).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "thaw"


def get_or_make(kind: str, key: str, make: Callable[[Path], None]) -> tuple[Path, bool]:
    """The cached folder ``kind/key``, made by ``make`` where it is missing.

    Args:
        kind: what is cached: ``artifacts`` for example.
        key: hexadecimal digits over every input.
        make: fills the empty folder that it is given; what it raises leaves no trace in the cache.

    Returns:
        The folder, which nobody may change, and whether it was there already.

    Raises:
        CacheError: the file system refuses: no space, no permission, read-only.
    """
    folder = cache_folder() / kind / key
    if folder.is_dir():
        return folder, True
    try:
        return _make(folder, make)
    except OSError as error:
        raise CacheError(
            "the build cache cannot be written",
            received=error,
            allowed=f"a folder with space, in which this user may write; now {cache_folder()}",
            change="make room or correct its permissions, or name another folder in THAW_CACHE",
        ) from error


def _make(folder: Path, make: Callable[[Path], None]) -> tuple[Path, bool]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _lock(folder.with_suffix(".lock")):
        if folder.is_dir():
            return folder, True
        _remove_abandoned(folder)
        with _scratch(folder) as scratch:
            make(scratch)
            scratch.rename(folder)
    return folder, False


def link_tree(source: Path, target: Path) -> None:
    """Puts a cached folder's files into another of the cache as hard links: same bytes, no space, milliseconds.

    Falls back to copies on file systems without hard links. Existing folders are merged, existing files replaced.
    """
    shutil.copytree(source, target, copy_function=_link, dirs_exist_ok=True, symlinks=True)


def _link(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    scratch.chmod(0o755)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _remove_abandoned(folder: Path) -> None:
    # Whoever holds the lock is the only builder of this key, so other scratch folders of it were left by a SIGKILL.
    for scratch in folder.parent.glob(f".{folder.name}-*"):
        shutil.rmtree(scratch, ignore_errors=True)
