"""ELF files are described, and lose what only debuggers read."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.bundling import Architecture, Artifact, elf
from constructs_lib.bundling.interpreter import find

INTERPRETER = find(None, Architecture.X86_64)
PROGRAM = INTERPRETER.executable.read_bytes()


def test_a_program_is_described() -> None:
    facts = elf.read(INTERPRETER.executable)
    assert facts is not None
    assert (facts.machine, facts.interpreter) == (Architecture.X86_64, "/lib64/ld-linux-x86-64.so.2")
    assert "libc.so.6" in facts.needed


@settings(max_examples=60)
@given(st.integers(0, 20_000), st.binary(max_size=8), st.integers(0, 6000))
def test_a_damaged_file_is_described_or_is_none(
    tmp_path_factory: pytest.TempPathFactory, length: int, garbage: bytes, position: int
) -> None:
    damaged = bytearray(PROGRAM[:length])
    damaged[position : position + len(garbage)] = garbage
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(damaged)
    assert isinstance(elf.read(path), elf.ElfFacts | None)


@given(st.binary(max_size=200))
def test_what_is_no_elf_file_is_none(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(data)
    assert elf.read(path) is None


def test_a_stripped_program_is_smaller_and_says_the_same(tmp_path: Path) -> None:
    stripped = elf.without_symbols(PROGRAM)
    (tmp_path / "python").write_bytes(stripped)
    assert elf.read(tmp_path / "python") == elf.read(INTERPRETER.executable)
    assert len(stripped) < len(PROGRAM)


def test_stripping_twice_is_stripping_once() -> None:
    once = elf.without_symbols(PROGRAM)
    assert elf.without_symbols(once) == once


def test_a_stripped_program_runs(artifact: Artifact) -> None:
    done = subprocess.run(
        [artifact.root / "thaw" / "bin" / "python3", "-I", "-S", "-c", "print(6 * 7)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "42\n"


@pytest.mark.parametrize("data", [b"", b"text", elf.MAGIC, elf.MAGIC + b"\x01\x01" + b"\0" * 100])
def test_what_is_not_a_64_bit_elf_file_stays_as_it_is(data: bytes) -> None:
    assert elf.without_symbols(data) == data
