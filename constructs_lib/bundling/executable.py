"""Writes an ELF executable that is memory: segments at fixed addresses, and an entry in one of them."""

import struct
from collections.abc import Sequence
from pathlib import Path

from constructs_lib.bundling.memory import EXECUTE, PAGE, READ, WRITE, Mapping
from constructs_lib.bundling.recipe import Architecture

MACHINES = {Architecture.X86_64: 62, Architecture.ARM64: 183}

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_IDENTITY = b"\x7fELF\x02\x01\x01"
# Of one executable; another is for the stack. Before Linux 6.17 all program headers had to fit a page (load_elf_phdrs in its
# fs/binfmt_elf.c), and execve answered "Exec format error" to one more.
MOST_SEGMENTS = PAGE // _PROGRAM_HEADER.size - 1
_ET_EXEC, _PT_LOAD, _PT_GNU_STACK = 2, 1, 0x6474E551


def positions(segments: Sequence[Mapping]) -> list[int]:
    """Where in the file each segment will lie, and the size of the file at the end."""
    headers = _HEADER.size + _PROGRAM_HEADER.size * (min(len(segments), MOST_SEGMENTS) + 1)
    found = [-(-headers // PAGE) * PAGE]
    for segment in segments:
        found.append(found[-1] + segment.size)
    return found


def write(
    output: Path, segments: Sequence[Mapping], memory: bytearray, *, entry: int, architecture: Architecture
) -> None:
    """Writes the file.

    Args:
        output: the file, executable.
        segments: in the order in which they are to lie in the file; ``offset`` says where in ``memory`` they are. The kernel
            maps the first ``MOST_SEGMENTS`` of them, the entry those that are left.
        memory: what they hold.
        entry: an address.
        architecture: of the code.
    """
    at = positions(segments)
    headers = [
        (_PT_LOAD, _flags(each.protection), position, each.start, each.start, each.size, each.size, PAGE)
        for each, position in zip(segments[:MOST_SEGMENTS], at, strict=False)
    ]
    # The kernel maps them in the order of their addresses, as the specification of ELF demands it.
    headers.sort(key=lambda header: header[3])
    headers.append((_PT_GNU_STACK, _flags(READ | WRITE), 0, 0, 0, 0, 0, 16))
    view = memoryview(memory)
    with output.open("wb") as file:
        file.write(_header(entry, len(headers), architecture))
        file.writelines(_PROGRAM_HEADER.pack(*header) for header in headers)
        file.write(bytes(at[0] - file.tell()))
        file.writelines(view[each.offset : each.offset + each.size] for each in segments)
    output.chmod(0o755)


def _header(entry: int, count: int, architecture: Architecture) -> bytes:
    return _HEADER.pack(
        *(_IDENTITY, _ET_EXEC, MACHINES[architecture], 1, entry, _HEADER.size, 0, 0),
        *(_HEADER.size, _PROGRAM_HEADER.size, count, 0, 0, 0),
    )


def _flags(protection: int) -> int:
    # ELF counts execute, write, read where mmap counts read, write, execute.
    return protection >> 2 & EXECUTE >> 2 | protection & WRITE | (protection & READ) << 2
