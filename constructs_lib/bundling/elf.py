"""What a build needs to know of an ELF file, and the one change it makes to it."""

import struct
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile

from constructs_lib.bundling.recipe import Architecture

MAGIC = b"\x7fELF"
MACHINES = {"EM_X86_64": Architecture.X86_64, "EM_AARCH64": Architecture.ARM64}
SECTION_FIELDS = struct.Struct("<Q")  # e_shoff, at 40
SECTION_COUNTS = struct.Struct("<HHH")  # e_shentsize, e_shnum, e_shstrndx, at 58


@dataclass(frozen=True, kw_only=True)
class ElfFacts:
    """The dynamic linking of one file.

    Attributes:
        machine: an ``Architecture``, or the ELF name of one that Lambda does not have.
        interpreter: the dynamic loader it asks for; None in a library or a static executable.
        needed: sonames, in order.
        search_path: DT_RUNPATH or DT_RPATH, ``$ORIGIN`` not yet replaced.
    """

    machine: Architecture | str
    interpreter: str | None
    needed: tuple[str, ...]
    search_path: tuple[str, ...]


def is_elf(path: Path) -> bool:
    """Whether a regular file begins as an ELF file does."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def read(path: Path) -> ElfFacts | None:
    """The facts of a file, or None where it is not a sound ELF file."""
    with path.open("rb") as file:
        try:
            return _facts(ELFFile(file))
        # Beside its own errors the library raises these where an offset leads nowhere.
        except (ELFError, ValueError, LookupError, AttributeError, TypeError, OverflowError, OSError):
            return None


def without_symbols(data: bytes) -> bytes:
    """The same ELF file without anything that only debuggers and linkers read.

    The kernel and ld.so go by program headers alone; sections that no program header covers (symbol table, debug
    information, the section headers themselves) lie behind them and are cut off. The dynamic symbol table stays.
    Tools of binutils do the same, but a bare machine has none. Files that are not 64-bit little-endian stay as they are.
    """
    if data[:6] != MAGIC + b"\x02\x01":
        return data
    offset, size, count = (*struct.unpack_from("<Q", data, 32), *struct.unpack_from("<HH", data, 54))
    headers = [struct.unpack_from("<IIQQQQ", data, offset + index * size) for index in range(count)]
    end = max([64, offset + size * count, *(start + in_file for _, _, start, _, _, in_file in headers)])
    if end >= len(data):
        return data
    stripped = bytearray(data[:end])
    SECTION_FIELDS.pack_into(stripped, 40, 0)
    SECTION_COUNTS.pack_into(stripped, 58, 0, 0, 0)
    return bytes(stripped)


def _facts(elf: ELFFile) -> ElfFacts:
    machine = elf["e_machine"]
    strings = _dynamic_strings(elf)
    return ElfFacts(
        machine=MACHINES.get(machine, machine),
        interpreter=_interpreter(elf),
        needed=tuple(text for kind, text in strings if kind == "needed"),
        search_path=tuple(
            folder for kind, text in strings if kind != "needed" for folder in text.split(":") if folder
        ),
    )


def _dynamic_strings(elf: ELFFile) -> list[tuple[str, str]]:
    """The text entries of the dynamic segment, as pairs of ``needed``, ``runpath`` or ``rpath`` and text."""
    segments = (segment for segment in elf.iter_segments() if isinstance(segment, DynamicSegment))
    tags = [tag for segment in segments for tag in segment.iter_tags()]
    kinds = ("needed", "runpath", "rpath")
    return [(kind, getattr(tag, kind)) for tag in tags for kind in kinds if hasattr(tag, kind)]


def _interpreter(elf: ELFFile) -> str | None:
    for segment in elf.iter_segments("PT_INTERP"):
        name: str = getattr(segment, "get_interp_name")()  # noqa: B009 - missing from the library's annotations
        return name
    return None
