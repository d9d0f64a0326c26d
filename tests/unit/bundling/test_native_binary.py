"""A ready-made executable that Lambda could not start is refused, by what is in the file; any other is packed."""

import os
import shutil
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.bundling import Architecture, BundlingError, elf, limits, native_binary
from constructs_lib.bundling.checks import (
    BootstrapError,
    MachineError,
    NotAProgramError,
    UnzippedSizeError,
)
from constructs_lib.bundling.interpreter import find
from constructs_lib.bundling.limits import OperatingSystem
from constructs_lib.bundling.loading import (
    AbsentLibraryError,
    LibraryVersionError,
    LoaderError,
)
from constructs_lib.bundling.native_binary import BinaryFolderError, CheckedBinary, NativeBinary, check, pack
from tests import executables

X86_64, ARM64 = Architecture.X86_64, Architecture.ARM64
AL2, AL2023 = OperatingSystem.PROVIDED_AL2, OperatingSystem.PROVIDED_AL2023


def checked(
    path: Path,
    architecture: Architecture = X86_64,
    system: OperatingSystem = AL2023,
    *,
    has_layers: bool = False,
) -> CheckedBinary:
    return check(
        NativeBinary(
            function="hello", path=path, architecture=architecture, system=system, has_layers=has_layers
        )
    )


def refused(
    kind: type[BundlingError], path: Path, *, architecture: Architecture = X86_64, **options: OperatingSystem
) -> str:
    """What the refusal says, which names the function, what was received, what is allowed, and what to change."""
    with pytest.raises(kind) as caught:
        checked(path, architecture, **options)
    assert type(caught.value) is kind
    assert "'hello'" in caught.value.what
    assert None not in (caught.value.received, caught.value.allowed, caught.value.change)
    return str(caught.value)


def test_a_static_program_passes() -> None:
    assert checked(executables.static()).unsure == []


def test_a_static_position_independent_program_passes() -> None:
    assert checked(executables.static_pie()).unsure == []


def test_a_static_program_for_arm64_passes_for_arm64() -> None:
    assert checked(executables.static("aarch64"), ARM64).unsure == []


@pytest.mark.parametrize(
    ("target", "received"),
    [
        ("aarch64", "an executable for arm64"),
        ("x86", "an executable for EM_386, 32-bit"),
        ("aarch64_be", "an executable for EM_AARCH64, big-endian"),
        ("riscv64", "an executable for EM_RISCV"),
    ],
)
def test_a_program_for_another_processor_is_refused(target: str, received: str) -> None:
    assert received in refused(MachineError, executables.static(target))


def test_a_program_for_the_other_architecture_is_told_of_the_prop() -> None:
    assert "or set architecture to its own" in refused(MachineError, executables.static("aarch64"))


def test_a_shared_library_is_refused() -> None:
    library = executables.library()
    assert "an ELF file that is a shared library" in refused(NotAProgramError, library)


def test_an_object_file_is_refused(tmp_path: Path) -> None:
    file = executables.script(tmp_path / "a.o", executables.object_file().read_bytes())
    assert "object file that is not linked yet" in refused(NotAProgramError, file)


def test_a_core_dump_is_refused(tmp_path: Path) -> None:
    data = bytearray(executables.static().read_bytes())
    data[16:18] = (4).to_bytes(2, "little")  # e_type ET_CORE
    assert "core dump" in refused(NotAProgramError, executables.script(tmp_path / "core", bytes(data)))


OTHER_FILES = {
    "Windows": (b"MZ\x90\0\3\0\0\0", "a Windows program", "build it for Linux"),
    "macOS": (b"\xcf\xfa\xed\xfe\x07\0\0\1", "a macOS program", "build it for Linux"),
    "macOS for two processors": (b"\xca\xfe\xba\xbe\0\0\0\x02", "a macOS program", "build it for Linux"),
    "a Java class": (b"\xca\xfe\xba\xbe\0\0\0\x41", "a Java class", "native-image"),
    "a jar": (b"PK\3\4rest", "a zip or jar", "ManagedRuntimeFunction"),
    "a static library": (b"!<arch>\nrest", "a static library", "link it"),
    "WebAssembly": (b"\0asm\1\0\0\0", "a WebAssembly module", "native program"),
    "a script with a byte order mark": (b"\xef\xbb\xbf#!/bin/sh\n", "byte order mark", "without BOM"),
    "a script in UTF-16": ("\ufeff#!/bin/sh\n".encode("utf-16-le"), "UTF-16", "UTF-8"),
    "a script without a first line": (b"echo hello\n", "b'echo hello", "#! line"),
    "empty": (b"", "an empty file", "build it anew"),
    "a damaged ELF file": (b"\x7fELF\x02\x01\x01", "a damaged ELF file", "build or copy it anew"),
}


@pytest.mark.parametrize(("content", "received", "change"), OTHER_FILES.values(), ids=OTHER_FILES.keys())
def test_a_file_of_another_kind_is_named(tmp_path: Path, content: bytes, received: str, change: str) -> None:
    text = refused(NotAProgramError, executables.script(tmp_path / "app", content))
    assert received in text
    assert change in text


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 1600), st.binary(max_size=8), st.integers(0, 1500))
def test_a_damaged_program_is_refused_or_passes_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, length: int, garbage: bytes, position: int
) -> None:
    damaged = bytearray(executables.dynamic().read_bytes()[:length])
    damaged[position : position + len(garbage)] = garbage
    path = executables.script(tmp_path_factory.getbasetemp() / "damaged", bytes(damaged))
    with suppress(BundlingError):
        assert checked(path).files


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert f"no file app in {tmp_path}" in refused(BootstrapError, tmp_path / "app")


def test_a_folder_without_a_bootstrap_is_refused(tmp_path: Path) -> None:
    executables.script(tmp_path / "app")
    assert f"no file bootstrap in {tmp_path}" in refused(BootstrapError, tmp_path)


def test_a_bootstrap_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bootstrap").mkdir()
    assert "a folder bootstrap" in refused(BootstrapError, tmp_path)


def test_a_file_without_the_executable_bit_is_refused_with_the_command_to_run(tmp_path: Path) -> None:
    file = executables.script(tmp_path / "app", mode=0o644)
    assert f"chmod +x {file}" in refused(BootstrapError, file)


def test_a_program_for_another_c_library_is_refused_with_the_advice_to_link_statically() -> None:
    text = refused(LoaderError, executables.dynamic(target="x86_64-linux-musl"))
    assert "/lib/ld-musl-x86_64.so.1" in text
    assert "link it statically" in text


def test_a_loader_of_another_machine_is_refused() -> None:
    assert "/nix/store/ld.so" in refused(
        LoaderError, executables.dynamic("-Wl,--dynamic-linker=/nix/store/ld.so")
    )


def test_a_loader_in_the_folder_brings_what_the_program_needs(tmp_path: Path) -> None:
    program = executables.dynamic("-Wl,--dynamic-linker=/var/task/lib/ld.so")
    executables.folder_of(tmp_path, program, lib__ld_so=executables.library())
    assert checked(tmp_path).unsure == []


@pytest.mark.parametrize(
    ("version", "system"),
    [("GLIBC_2.26", AL2), ("GLIBC_2.34", AL2023), ("GLIBCXX_3.4.24", AL2), ("GLIBC_PRIVATE", AL2)],
)
def test_versions_that_the_system_has_pass(version: str, system: OperatingSystem) -> None:
    program = executables.dynamic(needs=executables.library("libc.so.6", version=version))
    assert elf.versions_needed(program) == {version}
    assert checked(program, system=system).unsure == []


@pytest.mark.parametrize(
    ("version", "system", "allowed"),
    [
        ("GLIBC_2.27", AL2, "GLIBC_2.26"),
        ("GLIBC_2.38", AL2023, "GLIBC_2.34"),
        ("GLIBC_ABI_DT_RELR", AL2023, "GLIBC_2.34"),
        ("GLIBCXX_3.4.26", AL2, "GLIBCXX_3.4.24"),
    ],
)
def test_versions_that_the_system_has_not_are_refused(
    version: str, system: OperatingSystem, allowed: str
) -> None:
    program = executables.dynamic(needs=executables.library("libc.so.6", version=version))
    assert f"at most {allowed}" in refused(LibraryVersionError, program, system=system)


def test_a_program_for_the_newer_system_is_told_of_it() -> None:
    program = executables.dynamic(needs=executables.library("libc.so.6", version="GLIBC_2.34"))
    assert "or leave runtime out to get provided.al2023" in refused(LibraryVersionError, program, system=AL2)


def test_a_compilers_own_versions_are_read() -> None:
    versions = elf.versions_needed(find(None, X86_64).executable)
    assert versions is not None
    assert "GLIBC_2.2.5" in versions


def test_a_library_that_is_nowhere_is_refused() -> None:
    text = refused(AbsentLibraryError, executables.dynamic())
    assert "libanswer.so.1" in text
    assert "lib/libanswer.so.1" in text


def test_a_library_may_come_from_a_layer() -> None:
    [sentence] = checked(executables.dynamic(), has_layers=True).unsure
    assert "which a layer has to bring" in sentence


def test_a_library_that_only_todays_image_has_is_doubtful() -> None:
    name = "libcurl.so.4"
    assert name in limits.OPERATING_SYSTEMS[AL2023].libraries
    [sentence] = checked(executables.dynamic(needs=executables.library(name))).unsure
    assert "AWS does not promise" in sentence


@pytest.mark.parametrize("name", ["libanswer_so_1", "lib__libanswer_so_1"])
def test_a_library_in_the_folder_is_found(tmp_path: Path, name: str) -> None:
    executables.folder_of(tmp_path, executables.dynamic(), **{name: executables.library()})
    assert checked(tmp_path).unsure == []


def test_a_library_beside_is_found_by_the_programs_own_search_path(tmp_path: Path) -> None:
    program = executables.dynamic("-Wl,-rpath,$ORIGIN/own")
    executables.folder_of(tmp_path, program, own__libanswer_so_1=executables.library())
    assert checked(tmp_path).unsure == []


def test_a_library_for_another_processor_is_refused(tmp_path: Path) -> None:
    foreign = executables.library(target="aarch64-linux-gnu")
    executables.folder_of(tmp_path, executables.dynamic(), lib__libanswer_so_1=foreign)
    assert "libanswer.so.1 cannot run on its processor" in refused(MachineError, tmp_path)


SCRIPTS = ["/bin/sh", "/bin/bash -e", "/usr/bin/env bash", "/usr/bin/env -S bash -e"]


@pytest.mark.parametrize("interpreter", SCRIPTS)
def test_a_script_for_a_shell_passes(tmp_path: Path, interpreter: str) -> None:
    assert checked(executables.script(tmp_path / "app", f"#!{interpreter}\n".encode())).unsure == []


ABSENT = [
    "/usr/bin/python3",
    "/usr/bin/env python3",
    "/usr/bin/node",
    "/usr/bin/perl -w",
    "sh",
    "",
    "/usr/bin/env",
]


@pytest.mark.parametrize("interpreter", ABSENT)
def test_a_script_whose_interpreter_is_not_there_is_refused(tmp_path: Path, interpreter: str) -> None:
    file = executables.script(tmp_path / "app", f"#!{interpreter}\n".encode())
    assert f"#!{interpreter}" in refused(LoaderError, file)


def test_a_script_for_a_program_of_a_layer_is_doubtful(tmp_path: Path) -> None:
    file = executables.script(tmp_path / "app", b"#!/opt/bin/lua\n")
    assert "a layer has to bring" in checked(file, has_layers=True).unsure[0]


def test_a_script_for_a_program_in_the_folder_passes(tmp_path: Path) -> None:
    script = executables.script(tmp_path / "app", b"#!/var/task/bin/lua\n")
    executables.folder_of(tmp_path / "root", script, bin__lua=executables.static())
    assert checked(tmp_path / "root").unsure == []


def test_a_script_with_windows_line_ends_is_refused(tmp_path: Path) -> None:
    file = executables.script(tmp_path / "app", b"#!/bin/sh\r\nexec true\r\n")
    assert "save it with LF" in refused(BootstrapError, file)


def leads_out(folder: Path) -> None:
    (folder / "link").symlink_to("/etc/passwd")


def leads_nowhere(folder: Path) -> None:
    (folder / "link").symlink_to("nothing")


def to_a_folder(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "link").symlink_to("data")


def is_a_pipe(folder: Path) -> None:
    os.mkfifo(folder / "link")


@pytest.mark.parametrize("spoil", [leads_out, leads_nowhere, to_a_folder, is_a_pipe])
def test_what_cannot_be_part_of_an_artifact_is_refused(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    executables.folder_of(tmp_path, executables.static())
    spoil(tmp_path)
    with pytest.raises(BinaryFolderError, match="link"):
        checked(tmp_path)


def test_a_link_to_a_file_of_the_folder_is_packed_as_that_file(tmp_path: Path) -> None:
    executables.folder_of(tmp_path, executables.dynamic(), lib__libanswer_so_1_0=executables.library())
    (tmp_path / "lib" / "libanswer.so.1").symlink_to("libanswer.so.1.0")
    assert "lib/libanswer.so.1" in checked(tmp_path).files


def test_a_folder_may_be_as_large_as_the_limit_and_no_larger(tmp_path: Path) -> None:
    executables.folder_of(tmp_path, executables.static())
    with (tmp_path / "data").open("wb") as file:
        file.truncate(limits.UNZIPPED_BYTES)  # a hole, which takes no space
    assert "the largest parts unzipped: data 250.0 MB" in refused(UnzippedSizeError, tmp_path)


def test_a_file_is_packed_as_an_executable_bootstrap(tmp_path: Path) -> None:
    shutil.copy(executables.static(), tmp_path / "app")
    [entry] = zipfile.ZipFile(pack(checked(tmp_path / "app"))).infolist()
    assert (entry.filename, entry.external_attr >> 16 & 0o777) == ("bootstrap", 0o755)


def test_a_folder_is_packed_with_its_modes(tmp_path: Path) -> None:
    executables.folder_of(tmp_path, executables.static())
    executables.script(tmp_path / "data" / "table.txt", b"1\n", 0o640)
    executables.script(tmp_path / "bin" / "tool")
    entries = zipfile.ZipFile(pack(checked(tmp_path))).infolist()
    assert {entry.filename: entry.external_attr >> 16 & 0o777 for entry in entries} == {
        "bootstrap": 0o755,
        "bin/tool": 0o755,
        "data/table.txt": 0o644,
    }


def test_the_identity_is_that_of_contents_and_modes_alone(tmp_path: Path) -> None:
    folder = executables.folder_of(tmp_path / "one", executables.static())
    data = executables.script(folder / "data", b"1", 0o644)
    first = checked(folder).fingerprint
    os.utime(data, (0, 0))
    assert checked(shutil.copytree(folder, tmp_path / "two")).fingerprint == first
    data.chmod(0o755)
    second = checked(folder).fingerprint
    data.write_bytes(b"2")
    assert len({first, second, checked(folder).fingerprint}) == 3


def test_nothing_is_packed_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = executables.script(tmp_path / "app")
    first = pack(checked(file))
    monkeypatch.setattr(native_binary.archive, "add", None)  # would be called
    assert pack(checked(file)) == first
