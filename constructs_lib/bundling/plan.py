"""What an image does before it goes on: ``struct plan`` in ``lambda_src/native/snapshot/image.h``, which it becomes."""

import struct
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from constructs_lib.bundling.memory import PAGE, ImageError, Mapping
from constructs_lib.bundling.sharing import SharedFile

_COUNTS = struct.Struct("<6Q")
_MAPPED = struct.Struct("<5Q")
_FILE = struct.Struct("<Q256s")
_RANGE = struct.Struct("<2Q")

# Of one kind. Each costs an image a system call when it starts.
MOST_RANGES = 1000


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the image maps and asks for.

    Attributes:
        empty: mapped as nothing but zeros.
        files: mapped from files.
        used: ranges of addresses that are read ahead, or cut up to record.
        written: ranges of addresses that are copied at once.
        last_used: an offset in the executable; what is there was read if all that is used was. 0 for none.
        recording: pages of ``used`` that are one mapping in a run that records what is used; 0 in any other.
    """

    empty: Sequence[Mapping]
    files: Sequence[SharedFile]
    used: Sequence[range] = ()
    written: Sequence[range] = ()
    last_used: int = 0
    recording: int = 0

    def packed(self, room: int) -> bytes:
        """As the native part reads it, filled up with zeros.

        Raises:
            ImageError: there is not enough room.
        """
        mapped = [
            *((part, 0, 0) for part in self.empty),
            *(
                (part, number, part.name_offset)
                for number, file in enumerate(self.files, 1)
                for part in file.parts
            ),
        ]
        counts = (
            len(mapped),
            len(self.files),
            len(self.used),
            len(self.written),
            self.last_used,
            self.recording,
        )
        packed = b"".join(
            (
                _COUNTS.pack(*counts),
                *(_MAPPED.pack(part.start, part.size, part.protection, *file) for part, *file in mapped),
                *(_FILE.pack(file.size, file.path.encode()) for file in self.files),
                *(_RANGE.pack(each.start, len(each)) for each in (*self.used, *self.written)),
            )
        )
        if len(packed) > room:
            raise ImageError(
                "the snapshot does not fit its own tables",
                received=f"{len(packed)} bytes for {len(mapped)} parts and {len(self.used) + len(self.written)} ranges",
                allowed=f"at most {room} bytes",
                change='use start="portable" for this function',
            )
        return packed.ljust(room, b"\0")


def ranges(pages: Iterable[int], parts: Sequence[Mapping], *, gap: int) -> list[range]:
    """The pages as ranges of addresses, each within one of the parts.

    Args:
        pages: addresses.
        parts: of the memory; pages outside of them are left out.
        gap: pages between two ranges up to which they become one; more than that where the ranges would be too many.
    """
    in_order = sorted(pages)
    of_parts = [
        in_order[bisect_left(in_order, part.start) : bisect_left(in_order, part.end)] for part in parts
    ]
    while True:
        found = [each for some in of_parts for each in _merged(some, gap * PAGE)]
        if len(found) <= max(MOST_RANGES, len(parts)):
            return found
        gap = 2 * gap + 1


def _merged(pages: list[int], gap: int) -> list[range]:
    merged: list[range] = []
    for page in pages:
        if merged and page - merged[-1].stop <= gap:
            merged[-1] = range(merged[-1].start, page + PAGE)
        else:
            merged.append(range(page, page + PAGE))
    return merged
