"""Lays the memory of a process out as an executable file.

The native part (``lambda_src/native/snapshot``) writes what it finds: every mapping, whole. What becomes of it is decided
here. The result is an ELF executable whose segments the kernel's loader maps to the addresses that they had; its entry is
code inside the image, which maps what was empty and goes on where the process was left.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.recipe import Architecture

PAGE = 4096
EMPTY_PAGE = bytes(PAGE)
# A run of empty pages shorter than this stays in the file, where it compresses to nothing; a longer one is mapped when the
# image starts. Each costs about a microsecond then, and so does each segment that a hole separates.
SHORTEST_HOLE = 8

READ, WRITE, EXECUTE = 1, 2, 4
MACHINES = {Architecture.X86_64: 62, Architecture.ARM64: 183}

_MAGIC = b"thaw raw image\n"
_HEADER = struct.Struct("<16s12Q")
_SEGMENT = struct.Struct("<4Q")
_WORD = struct.Struct("<Q")
_MOVED = struct.Struct("<2Q")
_RANGE = struct.Struct("<3Q")

_ELF_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_ELF_IDENTITY = b"\x7fELF\x02\x01\x01"
_ET_EXEC, _PT_LOAD, _PT_GNU_STACK = 2, 1, 0x6474E551
MOST_ZEROS = 4096
LONGEST_PLACE = 4095


class ImageError(BundlingError):
    """The memory that a build left cannot be made into an executable."""

    id = "THAW012"


@dataclass(frozen=True)
class Mapping:
    """A part of memory: addresses, how it may be used, and where its bytes lie in the raw file."""

    start: int
    end: int
    protection: int
    offset: int


@dataclass(frozen=True)
class Layout:
    """What a finished image consists of.

    Attributes:
        segments: that the kernel maps from the file.
        holes: that the image maps itself, because they held nothing.
        file_bytes: size of the file.
        memory_bytes: of everything that is mapped.
    """

    segments: int
    holes: int
    file_bytes: int
    memory_bytes: int


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
        self.place, self.zeros, self.zeros_count, self._vdso, vdso, self._stack, stack = addresses
        table = _HEADER.size + maps_length
        self.maps = data[_HEADER.size : table].decode(errors="replace")
        self.mappings = [
            Mapping(*_SEGMENT.unpack_from(data, table + index * _SEGMENT.size)) for index in range(count)
        ]
        if any(mapping.offset + mapping.end - mapping.start > len(data) for mapping in self.mappings):
            raise _unreadable("it ends early")
        self.memory = bytearray(data)
        self.vdso_words = {at for at, _ in self._pairs(self._vdso, vdso)}
        self.stack_words = self._pairs(self._stack, stack)

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

    def _pairs(self, address: int, count: int) -> list[tuple[int, int]]:
        offset = self.offset(address)
        return [_MOVED.unpack_from(self.memory, offset + index * _MOVED.size) for index in range(count)]


def lay_out(raw: RawImage, output: Path, *, place: str, architecture: Architecture) -> Layout:
    """Writes the executable.

    Args:
        raw: what the native part left; changed on the way.
        output: the file to write, executable.
        place: the path at which the executable will lie when it is started; elsewhere it starts portably.
        architecture: of the memory.

    Raises:
        ImageError: there are more holes than the image has room for, or the place is too long.
    """
    for address, value in raw.stack_words:
        raw.put(address, _WORD.pack(value))
    pieces = [piece for mapping in raw.mappings for piece in _cut(raw, mapping)]
    segments = [piece for piece, is_empty in pieces if not is_empty]
    holes = [piece for piece, is_empty in pieces if is_empty]
    _describe(raw, holes, place)
    size = _write(raw, segments, output, architecture)
    return Layout(
        segments=len(segments),
        holes=len(holes),
        file_bytes=size,
        memory_bytes=sum(piece.end - piece.start for piece, _ in pieces),
    )


def _cut(raw: RawImage, mapping: Mapping) -> Iterator[tuple[Mapping, bool]]:
    """A mapping as alternating pieces, each with whether it is empty."""
    protection = mapping.protection
    if any(mapping.start <= address < mapping.end for address in raw.vdso_words):
        # Data that libc has made read-only holds addresses that every start has to set.
        protection |= WRITE
    at = mapping.start
    for is_empty, pages in _runs(_emptiness(raw, mapping)):
        end = at + pages * PAGE
        yield Mapping(at, end, protection, mapping.offset + at - mapping.start), is_empty
        at = end


def _emptiness(raw: RawImage, mapping: Mapping) -> list[bool]:
    view = memoryview(raw.memory)
    return [
        not _overlaps(raw.own, address) and view[offset : offset + PAGE] == EMPTY_PAGE
        for address, offset in zip(
            range(mapping.start, mapping.end, PAGE),
            range(mapping.offset, len(raw.memory), PAGE),
            strict=False,
        )
    ]


def _overlaps(own: range, page: int) -> bool:
    # The tables that are filled in below lie in pages that may still be empty now.
    return page < own.stop and own.start < page + PAGE


def _runs(emptiness: list[bool]) -> Iterator[tuple[bool, int]]:
    """Runs of equal pages, with short empty ones counted to their neighbours."""
    merged: list[tuple[bool, int]] = []
    for is_empty, count in _equal(emptiness):
        hole = is_empty and count >= SHORTEST_HOLE
        if merged and merged[-1][0] == hole:
            merged[-1] = (hole, merged[-1][1] + count)
        else:
            merged.append((hole, count))
    yield from merged


def _equal(values: list[bool]) -> Iterator[tuple[bool, int]]:
    start = 0
    for index in range(1, len(values) + 1):
        if index == len(values) or values[index] != values[start]:
            yield values[start], index - start
            start = index


def _describe(raw: RawImage, holes: list[Mapping], place: str) -> None:
    path = place.encode()
    if len(path) > LONGEST_PLACE or len(holes) > MOST_ZEROS:
        raise ImageError(
            "the snapshot does not fit its own tables",
            received=f"{len(holes)} holes, a place of {len(path)} bytes",
            allowed=f"at most {MOST_ZEROS} holes and {LONGEST_PLACE} bytes",
            change='use start="portable" for this function',
        )
    raw.put(raw.place, path + b"\0")
    raw.put(raw.zeros_count, _WORD.pack(len(holes)))
    table = [_RANGE.pack(hole.start, hole.end - hole.start, hole.protection) for hole in holes]
    raw.put(raw.zeros, b"".join(table))


def _write(raw: RawImage, segments: list[Mapping], output: Path, architecture: Architecture) -> int:
    headers, position = [], _aligned(_ELF_HEADER.size + _PROGRAM_HEADER.size * (len(segments) + 1))
    first = position
    for segment in segments:
        size = segment.end - segment.start
        flags = _elf_flags(segment.protection)
        headers.append((_PT_LOAD, flags, position, segment.start, segment.start, size, size, PAGE))
        position += size
    headers.append((_PT_GNU_STACK, _elf_flags(READ | WRITE), 0, 0, 0, 0, 0, 16))
    with output.open("wb") as file:
        file.write(_elf_header(raw.entry, len(headers), architecture))
        file.writelines(_PROGRAM_HEADER.pack(*header) for header in headers)
        file.write(bytes(first - file.tell()))
        view = memoryview(raw.memory)
        for segment in segments:
            file.write(view[segment.offset : segment.offset + segment.end - segment.start])
    output.chmod(0o755)
    return position


def _elf_header(entry: int, count: int, architecture: Architecture) -> bytes:
    return _ELF_HEADER.pack(
        *(_ELF_IDENTITY, _ET_EXEC, MACHINES[architecture], 1, entry, _ELF_HEADER.size, 0, 0),
        *(_ELF_HEADER.size, _PROGRAM_HEADER.size, count, 0, 0, 0),
    )


def _elf_flags(protection: int) -> int:
    # ELF counts execute, write, read where mmap counts read, write, execute.
    return protection >> 2 & 1 | protection & WRITE | (protection & READ) << 2


def _aligned(size: int) -> int:
    return -(-size // PAGE) * PAGE


def _unreadable(why: str) -> ImageError:
    return ImageError(
        "the raw image that the build left is damaged",
        received=why,
        change="build again; if it stays so, report it with the output of `thaw doctor`",
    )
