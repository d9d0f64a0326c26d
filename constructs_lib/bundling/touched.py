"""Which pages of its memory a process has used, as the kernel knows it."""

import struct
from dataclasses import dataclass
from pathlib import Path

from constructs_lib.bundling.memory import PAGE, lines_of_maps

# One word for every page. Source: Documentation/admin-guide/mm/pagemap.rst of the kernel.
_ENTRY = struct.Struct("<Q")
_PRESENT, _OF_A_FILE = 1 << 63, 1 << 61


@dataclass(frozen=True)
class Touched:
    """Addresses of pages.

    Attributes:
        written: that the process changed, and so has copies of its own of.
        read: that are as their file has them. Where the image was not laid out to record, with some of their neighbours,
            which the kernel maps along.
    """

    written: frozenset[int]
    read: frozenset[int]


def touched(pid: int) -> Touched:
    """What a process has used so far; it should be waiting for something.

    Raises:
        OSError: there is no such process, or it is another user's.
    """
    process, written, read = Path("/proc") / str(pid), set[int](), set[int]()
    with (process / "pagemap").open("rb", buffering=0) as pagemap:
        for mapping in lines_of_maps((process / "maps").read_text(errors="surrogateescape")):
            if mapping.name == "[vsyscall]":
                continue  # in the kernel's half of the addresses, of which the file says nothing
            pagemap.seek(mapping.start // PAGE * _ENTRY.size)
            entries = pagemap.read(mapping.size // PAGE * _ENTRY.size)
            for index, (entry,) in enumerate(_ENTRY.iter_unpack(entries)):
                if entry & _PRESENT:
                    (read if entry & _OF_A_FILE else written).add(mapping.start + index * PAGE)
    return Touched(frozenset(written), frozenset(read))
