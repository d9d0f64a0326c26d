"""The build cache: folders by content, made once, published whole.

A folder under its final name is complete: it is made beside it under a temporary name and renamed, so an interrupted
build leaves nothing that counts. Two processes that want the same folder build it once.

The file ``KEY.lock`` beside a folder is locked by who makes, takes or removes it. Its time of change is when the folder was last
taken, its content is the size that the folder adds to the disk, in bytes.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from constructs_lib.bundling.errors import BundlingError

_HOUR = 60 * 60
_DAY = 24 * _HOUR
SHORTEST_SECONDS, LONGEST_SECONDS = 1 * _DAY, 30 * _DAY
LARGEST_BYTES = 10 << 30


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
    if folder.is_dir() and _take(folder):
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
    with _lock(_lock_of(folder)):
        if folder.is_dir():
            return folder, True
        _remove_abandoned(folder)
        with _scratch(folder) as scratch:
            make(scratch)
            _lock_of(folder).write_text(str(_own_bytes(scratch)))
            scratch.rename(folder)
    return folder, False


def _take(folder: Path) -> bool:
    """Notes, to the hour, that a folder is used now; whether it is still there."""
    lock = _lock_of(folder)
    with suppress(OSError):  # a cache that may only be read keeps everything
        # Writing a time takes a tenth of a millisecond, reading one a hundredth of that.
        if time.time() - lock.stat().st_mtime > _HOUR:
            os.utime(lock)
    return folder.is_dir()


def prune(kinds: Iterable[str], *, now: float | None = None) -> None:
    """Removes what nobody has taken for a month, and beyond the largest size what was taken longest ago.

    Nothing that was taken within a day is removed: who took it may still be reading.

    Args:
        kinds: which of the cache's folders are bounded.
        now: seconds since the epoch. Default: the present time.
    """
    now = time.time() if now is None else now
    places = [pattern.format(kind) for kind in kinds for pattern in ("{}/*.lock", "containers/*/{}/*.lock")]
    used = sorted((lock.stat().st_mtime, lock) for place in places for lock in cache_folder().glob(place))
    too_much = sum(_noted_bytes(lock) for _, lock in used) - LARGEST_BYTES
    for taken, lock in used:
        idle = now - taken
        if idle > LONGEST_SECONDS or (idle > SHORTEST_SECONDS and too_much > 0):
            too_much -= _noted_bytes(lock)
            _remove(lock, taken)


def _remove(lock: Path, taken: float) -> None:
    """Removes the folder of a lock, unless somebody makes it or has taken it in the meantime."""
    folder = lock.with_suffix("")
    with suppress(OSError), lock.open() as file:  # it is locked, or gone, or another user's
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        aside = folder.with_name(f".{folder.name}-removed")
        if folder.is_dir():
            folder.rename(aside)
        if os.fstat(file.fileno()).st_mtime != taken:
            aside.rename(folder)
            return
        _remove_abandoned(folder)
        lock.unlink()


def _own_bytes(folder: Path) -> int:
    """What a folder takes on the disk, without the files that other folders have too."""
    status = (path.lstat() for path in folder.rglob("*"))
    return sum(each.st_blocks * 512 for each in status if each.st_nlink == 1)


def _noted_bytes(lock: Path) -> int:
    try:
        return int(lock.read_text() or 0)
    except (OSError, ValueError):
        return 0


def link_tree(source: Path, target: Path) -> None:
    """Puts a cached folder's files into another of the cache as hard links: same bytes, no space, milliseconds.

    Falls back to copies on file systems without hard links. Existing folders are merged, existing files replaced.
    """
    shutil.copytree(source, target, copy_function=_link, dirs_exist_ok=True, symlinks=True)


def link_file(source: Path, target: Path) -> None:
    """Does the same with one file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _link(str(source), str(target))


def _link(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    while True:
        with path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # While this process waited, the file may have been removed with what it stands for.
            if os.fstat(file.fileno()).st_nlink:
                yield
                return


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
