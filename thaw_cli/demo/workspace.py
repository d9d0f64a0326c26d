"""A folder of its own for each demonstration, removed afterwards or, if it was killed, by the next one."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "demo-"
IN_USE = "in-use"


@contextmanager
def workspace(parent: Path) -> Iterator[Path]:
    """A new folder below ``parent``; nobody removes it while this process lives."""
    parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(parent)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    try:
        with (folder / IN_USE).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        # The kernel drops the lock of a process that was killed. A folder without the file is being made right now.
        if (folder / IN_USE).is_file() and not _is_locked(folder / IN_USE):
            shutil.rmtree(folder, ignore_errors=True)


def _is_locked(path: Path) -> bool:
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
