"""Drops files from the page cache and tells how much of them is still there.

What remains cached are names and attributes of files (dentries and inodes), and whatever the storage below caches.
"""

import ctypes
import mmap
import os
import time
from collections.abc import Sequence
from pathlib import Path

RETRY_SECONDS = 0.02
_libc = ctypes.CDLL(None, use_errno=True)


class PageCacheError(Exception):
    """Files stayed in the page cache, so a start from storage cannot be measured."""


def files_of(*folders: Path) -> list[Path]:
    """Every regular file below some folders that holds something."""
    return [
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and path.stat().st_size
    ]


def drop(files: Sequence[Path], *, most: int = 0, patience: float = 5.0) -> None:
    """Makes the kernel forget what it holds of some files.

    It is asked again while pages stay: those that it is still reading ahead for a process that has just ended, for example.

    Args:
        files: that no process has mapped and that are written out.
        most: bytes that may stay.
        patience: seconds after which what stays is there for good.

    Raises:
        PageCacheError: more stayed.
    """
    deadline = time.monotonic() + patience
    while True:
        for path in files:
            _advise(path)
        if (still := resident_bytes(files)) <= most:
            return
        if time.monotonic() > deadline:
            raise PageCacheError(f"{still} bytes of {len(files)} files stayed in the page cache")
        time.sleep(RETRY_SECONDS)


def _advise(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def resident_bytes(files: Sequence[Path]) -> int:
    """How much of some files is in the page cache, in whole pages.

    Source: mincore(2), which tells the truth to whoever may write the file.

    Raises:
        OSError: the kernel does not say.
    """
    return sum(_resident_pages(path) for path in files) * mmap.PAGESIZE


def _resident_pages(path: Path) -> int:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE) as mapped:
        # A private mapping may be written to in memory, which is what ctypes asks for; nothing is.
        start = ctypes.c_char.from_buffer(mapped)
        states = ctypes.create_string_buffer(-(-len(mapped) // mmap.PAGESIZE))
        failed = _libc.mincore(ctypes.byref(start), ctypes.c_size_t(len(mapped)), states)
        del start  # a mapping with a pointer into it cannot be closed
    if failed:
        raise OSError(ctypes.get_errno(), f"mincore: {os.strerror(ctypes.get_errno())}", str(path))
    # Only the lowest bit of each byte is defined.
    return sum(state & 1 for state in states.raw)
