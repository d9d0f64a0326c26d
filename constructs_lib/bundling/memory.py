"""The memory of a process as the native part wrote it down: ``lambda_src/native/snapshot/dump.c``."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from constructs_lib.bundling.errors import BundlingError

PAGE = 4096
READ, WRITE, EXECUTE = 1, 2, 4

_MAGIC = b"thaw raw image\n"
_HEADER = struct.Struct("<16s12Q")
_SEGMENT = struct.Struct("<4Q")
_WORD = struct.Struct("<Q")
_MOVED = struct.Struct("<2Q")


class ImageError(BundlingError):
    """The memory that a build left cannot be made into an executable."""

    id = "THAW012"


@dataclass(frozen=True)
class Mapping:
    """A part of memory.

    Attributes:
        start: its first address.
        end: the address after its last.
        protection: how it may be used.
        offset: where its bytes lie in the raw file.
        name: of the file that was mapped there, the kernel's name in brackets, or empty for anonymous memory.
        name_offset: where in that file it begins.
    """

    start: int
    end: int
    protection: int
    offset: int
    name: str = ""
    name_offset: int = 0

    @property
    def size(self) -> int:
        """Bytes."""
        return self.end - self.start

    def part(self, first: int, count: int) -> "Mapping":
        """Some of its pages, counted from its start."""
        distance = first * PAGE
        return replace(
            self,
            start=self.start + distance,
            end=self.start + distance + count * PAGE,
            offset=self.offset + distance,
            name_offset=self.name_offset + distance,
        )


class RawImage:
    """The file that the native part wrote, with its memory open to changes.

    Args:
        data: the file's bytes.

    Raises:
        ImageError: it is not such a file, or was cut off.
    """

    def __init__(self, data: bytes) -> None:
        if len(data) < _HEADER.size or not data.startswith(_MAGIC):
            raise _unreadable("it does not begin as one")
        (_, self.entry, count, maps_length, start, end, *addresses) = _HEADER.unpack_from(data)
        self.own = range(start, end)
        self.place, self.plan, self.plan_size, at_vdso, vdso, at_stack, stack = addresses
        table = _HEADER.size + maps_length
        self._maps = list(lines_of_maps(data[_HEADER.size : table].decode(errors="surrogateescape")))
        segments = [_SEGMENT.unpack_from(data, table + index * _SEGMENT.size) for index in range(count)]
        if any(offset + end - start > len(data) for start, end, _, offset in segments):
            raise _unreadable("it ends early")
        self.memory = bytearray(data)
        self.mappings = list(self._mappings(segments))
        self.vdso_words = {at for at, _ in self._pairs(at_vdso, vdso)}
        for address, value in self._pairs(at_stack, stack):
            # Words that pointed to the stack of the kernel's point to its copy.
            self.put(address, _WORD.pack(value))

    @property
    def inaccessible(self) -> list[Mapping]:
        """What was reserved and may not be used: guards, and room for an arena of malloc's to grow into."""
        return [mapping for mapping in self._maps if not mapping.protection]

    def offset(self, address: int) -> int:
        """Where an address lies in the file.

        Raises:
            ImageError: nothing was mapped there.
        """
        for mapping in self.mappings:
            if mapping.start <= address < mapping.end:
                return mapping.offset + address - mapping.start
        raise _unreadable(f"it lacks the address {address:#x}")

    def put(self, address: int, data: bytes) -> None:
        """Overwrites memory."""
        offset = self.offset(address)
        self.memory[offset : offset + len(data)] = data

    def _mappings(self, segments: list[tuple[int, ...]]) -> Iterator[Mapping]:
        lines = {line.start: line for line in self._maps}
        for start, end, protection, offset in segments:
            line = lines[start]
            yield Mapping(start, end, protection, offset, line.name, line.name_offset)

    def _pairs(self, address: int, count: int) -> list[tuple[int, int]]:
        offset = self.offset(address)
        return [_MOVED.unpack_from(self.memory, offset + index * _MOVED.size) for index in range(count)]


def lines_of_maps(maps: str) -> Iterator[Mapping]:
    """The mappings that /proc/PID/maps lists, see proc_pid_maps(5); their bytes are in no file of ours."""
    for line in maps.splitlines():
        addresses, flags, offset, _device, _inode, *name = line.split(None, 5)
        start, end = (int(address, 16) for address in addresses.split("-"))
        protection = sum(bit for bit, flag in ((READ, "r"), (WRITE, "w"), (EXECUTE, "x")) if flag in flags)
        yield Mapping(start, end, protection, -1, name[0] if name else "", int(offset, 16))


def _unreadable(why: str) -> ImageError:
    return ImageError(
        "the raw image that the build left is damaged",
        received=why,
        change="build again; if it stays so, report it with the output of `thaw doctor`",
    )
