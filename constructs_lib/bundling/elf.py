"""What a build needs to know of an ELF file, and the one change it makes to it."""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from elftools.common.exceptions import ELFError
from elftools.common.utils import struct_parse
from elftools.elf.dynamic import DynamicSegment, DynamicTag
from elftools.elf.elffile import ELFFile

from constructs_lib.bundling.recipe import Architecture

MAGIC = b"\x7fELF"
MACHINES = {"EM_X86_64": Architecture.X86_64, "EM_AARCH64": Architecture.ARM64}
PROGRAM = "program"
_KINDS = {"ET_EXEC": PROGRAM, "ET_REL": "object file that is not linked yet", "ET_CORE": "core dump"}
_PIE = 0x0800_0000  # DF_1_PIE in DT_FLAGS_1
SECTION_FIELDS = struct.Struct("<Q")  # e_shoff, at 40
SECTION_COUNTS = struct.Struct("<HHH")  # e_shentsize, e_shnum, e_shstrndx, at 58

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, kw_only=True)
class ElfFacts:
    """What one file is, and its dynamic linking.

    Attributes:
        kind: ``PROGRAM``, or in words what else it is.
        machine: an ``Architecture``, or in ELF's words one that Lambda does not have.
        interpreter: the dynamic loader it asks for; None in a library or a static executable.
        needed: sonames, in order.
        search_path: DT_RUNPATH or DT_RPATH, ``$ORIGIN`` not yet replaced.
    """

    kind: str
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
    return _read(path, _facts)


def versions_needed(path: Path) -> frozenset[str] | None:
    """The versions of symbols that a file needs of its libraries: ``GLIBC_2.34``; None where it is not sound."""
    return _read(path, lambda elf: frozenset(_versions(elf)))


def _read(path: Path, question: Callable[[ELFFile], _Answer]) -> _Answer | None:
    with path.open("rb") as file:
        try:
            return question(ELFFile(file))
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
    tags = [tag for segment in _dynamic_segments(elf) for tag in segment.iter_tags()]
    strings = _dynamic_strings(tags)
    interpreter = _interpreter(elf)
    return ElfFacts(
        kind=_kind(elf, tags, interpreter),
        machine=_machine(elf),
        interpreter=interpreter,
        needed=tuple(text for kind, text in strings if kind == "needed"),
        search_path=tuple(
            folder for kind, text in strings if kind != "needed" for folder in text.split(":") if folder
        ),
    )


def _machine(elf: ELFFile) -> Architecture | str:
    machine = elf["e_machine"]
    if elf.elfclass != 64:  # noqa: PLR2004 - bits
        return f"{machine}, {elf.elfclass}-bit"
    if not elf.little_endian:
        return f"{machine}, big-endian"
    return MACHINES.get(machine, str(machine))


def _kind(elf: ELFFile, tags: Sequence[DynamicTag], interpreter: str | None) -> str:
    if elf["e_type"] != "ET_DYN":
        return _KINDS.get(elf["e_type"], str(elf["e_type"]))
    # Position-independent programs are shared objects that say so, in one way or another; a library says its name.
    names = {tag.entry.d_tag for tag in tags}
    says_so = any(tag.entry.d_tag == "DT_FLAGS_1" and tag.entry.d_val & _PIE for tag in tags)
    is_program = interpreter is not None or says_so or (elf["e_entry"] != 0 and "DT_SONAME" not in names)
    return PROGRAM if is_program else "shared library"


def _dynamic_segments(elf: ELFFile) -> list[DynamicSegment]:
    return [segment for segment in elf.iter_segments() if isinstance(segment, DynamicSegment)]


def _versions(elf: ELFFile) -> Iterator[str]:
    """Walks DT_VERNEED, which is there without section headers too."""
    for segment in _dynamic_segments(elf):
        _, position = segment.get_table_offset("DT_VERNEED")
        files = next((tag.entry.d_val for tag in segment.iter_tags("DT_VERNEEDNUM")), 0)
        for _ in range(files if position is not None else 0):
            file = struct_parse(elf.structs.Elf_Verneed, elf.stream, position)
            entry_position = position + file.vn_aux
            for _ in range(file.vn_cnt):
                entry = struct_parse(elf.structs.Elf_Vernaux, elf.stream, entry_position)
                yield segment._get_stringtable().get_string(entry.vna_name)  # noqa: SLF001 - the library's sections need section headers
                entry_position += entry.vna_next
            position += file.vn_next


def _dynamic_strings(tags: Sequence[DynamicTag]) -> list[tuple[str, str]]:
    """The text entries of the dynamic segment, as pairs of ``needed``, ``runpath`` or ``rpath`` and text."""
    kinds = ("needed", "runpath", "rpath")
    return [(kind, getattr(tag, kind)) for tag in tags for kind in kinds if hasattr(tag, kind)]


def _interpreter(elf: ELFFile) -> str | None:
    for segment in elf.iter_segments("PT_INTERP"):
        name: str = getattr(segment, "get_interp_name")()  # noqa: B009 - missing from the library's annotations
        return name
    return None
