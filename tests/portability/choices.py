"""Which code libraries chose for the processor, as a process shows it that has taken a snapshot up.

A library offers a function in several variants, and the loader writes the address of the one that suits the processor of
the build into the tables of those who call it. Here the tables are read, and what they point to is disassembled.
"""

import re
import struct
import subprocess
import tempfile
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile

# R_X86_64_GLOB_DAT, JUMP_SLOT and IRELATIVE: System V ABI, AMD64 supplement, 4.4.1.
SLOTS = {6, 7, 37}
_WORD = struct.Struct("<Q")
_LINE = re.compile(r"^ *([0-9a-f]+):\t([0-9a-f ]+?) *\t(\S+)(.*)$")
_SEGMENT_PREFIXES = ("67", "64", "65", "2e", "36", "3e", "26")
_TRANSACTIONS = {"xbegin", "xend", "xtest", "xabort"}


@dataclass(frozen=True)
class Memory:
    """What a process can write, or could before its loader protected it."""

    regions: list[tuple[int, bytes]]

    @classmethod
    def of(cls, process: int) -> "Memory":
        """Of a process of this user."""
        regions = []
        with Path(f"/proc/{process}/mem").open("rb", 0) as memory:
            for line in Path(f"/proc/{process}/maps").read_text().splitlines():
                addresses, protection, *_ = line.split()
                start, end = (int(address, 16) for address in addresses.split("-"))
                if protection.startswith("r") and "x" not in protection and "[v" not in line:
                    memory.seek(start)
                    regions.append((start, memory.read(end - start)))
        return cls(regions)

    def word(self, address: int) -> int | None:
        """Eight bytes; None where nothing is."""
        for start, data in self.regions:
            if start <= address <= start + len(data) - _WORD.size:
                word: int = _WORD.unpack_from(data, address - start)[0]
                return word
        return None

    def places(self, content: bytes) -> Iterator[int]:
        """Every address at which some bytes are."""
        for start, data in self.regions:
            yield from (start + match.start() for match in re.finditer(re.escape(content), data))


class Library:
    """A shared library as it lies in the task root.

    Args:
        file: as the tests see it.
        path: as the process sees it.
    """

    def __init__(self, file: Path, path: str) -> None:
        self.file, self.path = file, path
        with file.open("rb") as opened:
            elf = ELFFile(opened)
            segments = list(elf.iter_segments())
            dynamic = next(each for each in segments if isinstance(each, DynamicSegment))
            self._dynamic: int = dynamic.header.p_vaddr
            self.end: int = max(each.header.p_vaddr + each.header.p_memsz for each in segments)
            tables = dynamic.get_relocation_tables().values()
            self.slots: list[int] = [
                each["r_offset"]
                for table in tables
                if hasattr(table, "iter_relocations")
                for each in table.iter_relocations()
                if each.entry.get("r_info_type") in SLOTS
            ]
            code = next(
                each for each in segments if each.header.p_type == "PT_LOAD" and each.header.p_flags & 1
            )
            self._code: tuple[int, bytes] = code.header.p_vaddr, code.data()
            header = next((each for each in segments if each.header.p_type == "PT_GNU_EH_FRAME"), None)
            self._starts = [] if header is None else _function_starts(header.data(), header.header.p_vaddr)

    def base(self, memory: Memory) -> int | None:
        """Where the process has it; None where it is not loaded. The loader's list says so: ``struct link_map``, link.h."""
        for name in memory.places(self.path.encode() + b"\0"):
            for at in memory.places(_WORD.pack(name)):
                base = memory.word(at - 8)
                if base is not None and memory.word(at + 8) == base + self._dynamic:
                    return base
        return None

    def kind(self, address: int) -> str:
        """Of the function at an address of the file: ``beyond`` the baseline, ``wide`` or ``plain``."""
        at = bisect_right(self._starts, address)
        end = self._starts[at] if at < len(self._starts) else self.end
        for kind, addresses in zip(("beyond", "wide"), _instructions(*self._code), strict=True):
            if bisect_left(addresses, address) != bisect_left(addresses, end):
                return kind
        return "plain"


def chosen(process: int, task_root: Path) -> dict[str, str]:
    """The kind of every function of the C library that a table of another library, or its own, leads to.

    Args:
        process: has taken up the snapshot.
        task_root: as the tests see it.
    """
    memory = Memory.of(process)
    libraries = [
        Library(file, f"/var/task/{file.relative_to(task_root)}")
        for file in sorted((task_root / "thaw").rglob("*.so*"))
    ]
    bases = {each: base for each in libraries if (base := each.base(memory)) is not None}
    targets = {memory.word(base + slot) for each, base in bases.items() for slot in each.slots}
    return {
        f"{library.file.name}+{target - base:#x}": library.kind(target - base)
        for library, base in bases.items()
        if library.file.name.startswith(("libc.so", "libm.so"))
        for target in targets
        if target is not None and base <= target < base + library.end
    }


def _function_starts(table: bytes, address: int) -> list[int]:
    """From ``.eh_frame_hdr``, whose second half is sorted (Linux Standard Base, Core, 10.6.2)."""
    encodings, (count,) = table[:4], struct.unpack_from("<I", table, 8)
    assert encodings == b"\x01\x1b\x03\x3b", encodings
    return [address + start for start, _ in struct.iter_unpack("<ii", table[12 : 12 + 8 * count])]


@cache
def _instructions(start: int, code: bytes) -> tuple[list[int], list[int]]:
    """The addresses of instructions beyond x86-64-v3, and of those that use its registers of 32 bytes."""
    # The file has no sections, which objdump would ask for.
    with tempfile.NamedTemporaryFile() as file:
        file.write(code)
        file.flush()
        options = (
            "-D",
            "-b",
            "binary",
            "-m",
            "i386:x86-64",
            "--insn-width=16",
            f"--adjust-vma={start:#x}",
        )
        done = subprocess.run(["objdump", *options, file.name], check=True, capture_output=True, text=True)
    beyond, wide = [], []
    for line in filter(None, map(_LINE.match, done.stdout.splitlines())):
        address, encoded, name, operands = line.groups()
        # 0x62 begins every instruction of AVX-512 and nothing else (Intel's manual, volume 2, 2.7).
        first = next(byte for byte in encoded.split() if byte not in _SEGMENT_PREFIXES)
        if first == "62" or name in _TRANSACTIONS:
            beyond.append(int(address, 16))
        elif "%ymm" in operands:
            wide.append(int(address, 16))
    return beyond, wide
