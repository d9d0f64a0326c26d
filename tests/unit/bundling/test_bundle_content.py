"""What lies in an artifact, and what must not."""

import marshal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

from constructs_lib.bundling import Architecture, Artifact, elf
from constructs_lib.bundling.libraries import elf_files

VERSION = f"python3.{sys.version_info.minor}"
UNCHECKED_HASH = 0b01  # PEP 552: a hash-based pyc whose source is not looked at


@pytest.fixture(scope="module")
def root(artifact: Artifact) -> Path:
    return artifact.root


@pytest.fixture(scope="module")
def bytecode(root: Path) -> dict[Path, bytes]:
    """The contents of the pyc files by the paths of their sources, those included that are not there."""
    return {_source(file): file.read_bytes() for file in root.rglob("*.pyc")}


def _source(file: Path) -> Path:
    if file.parent.name == "__pycache__":
        return file.parents[1] / f"{file.name.split('.')[0]}.py"
    return file.with_suffix(".py")


def test_its_bootstrap_is_a_static_executable(root: Path) -> None:
    facts = elf.read(root / "bootstrap")
    assert facts == elf.ElfFacts(
        kind=elf.PROGRAM, machine=Architecture.X86_64, interpreter=None, needed=(), search_path=()
    )


def test_the_handler_lies_at_the_top(root: Path, hello: Path) -> None:
    assert (root / "handler.py").read_text() == (hello / "handler.py").read_text()


def test_nothing_that_a_function_cannot_use_is_there(root: Path) -> None:
    unwanted = {
        "test",
        "tests",
        "tkinter",
        "curses",
        "idlelib",
        "ensurepip",
        "lib2to3",
        "turtledemo",
        "site-packages",
    }
    assert {path.name for path in root.rglob("*") if path.is_dir()} & unwanted == set()


def test_there_are_no_links(root: Path) -> None:
    assert [path for path in root.rglob("*") if path.is_symlink()] == []


def test_every_module_has_bytecode(root: Path, bytecode: dict[Path, bytes]) -> None:
    assert set(root.rglob("*.py")) - set(bytecode) == set()


def test_the_standard_library_has_bytecode_alone(root: Path, bytecode: dict[Path, bytes]) -> None:
    library = root / "thaw" / "lib" / VERSION
    modules = {path.relative_to(library).as_posix() for path in bytecode if path.is_relative_to(library)}
    assert list(library.rglob("*.py")) == []
    assert {"os.py", "json/__init__.py", "thaw_runtime/main.py"} <= modules


def test_bytecode_is_used_without_a_look_at_its_source(bytecode: dict[Path, bytes]) -> None:
    flags = {int.from_bytes(data[4:8], "little") for data in bytecode.values()}
    assert flags == {UNCHECKED_HASH}


def test_bytecode_names_paths_of_lambda_and_none_of_the_build(
    root: Path, bytecode: dict[Path, bytes]
) -> None:
    strays = [
        code.co_filename
        for path, data in bytecode.items()
        for code in codes(marshal.loads(data[16:]))  # noqa: S302 - what the build has just written
        if code.co_filename != f"/var/task/{path.relative_to(root)}"
    ]
    assert strays == []


def codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def test_no_file_holds_the_path_of_the_build(root: Path) -> None:
    """Bytecode and ELF files that were made here; the interpreter's own record of its build is not ours."""
    made_here = [*root.glob("*"), *root.glob("thaw/bin/python3"), *root.rglob("thaw_runtime/**/*")]
    places = {str(Path.home()).encode(), str(Path(__file__).parents[3]).encode(), b"/tmp/"} - {b"/"}
    assert [
        file for file in made_here if file.is_file() and any(p in file.read_bytes() for p in places)
    ] == []


def test_every_library_that_something_needs_is_there(root: Path) -> None:
    present = {path.name for path in (root / "thaw" / "lib").iterdir()}
    missing = {
        (file.name, name)
        for file in elf_files(root)
        if (facts := elf.read(file)) is not None
        for name in facts.needed
        if name not in present and not (file.parent / name).exists()
    }
    assert missing == set()


def test_every_file_is_for_one_architecture(root: Path) -> None:
    # The headers of sections are cut off; what the kernel and ld.so go by is still read.
    assert {facts.machine for file in elf_files(root) if (facts := elf.read(file))} == {Architecture.X86_64}


def test_every_extension_module_can_be_loaded(root: Path) -> None:
    """Files without their symbols load as they did with them."""
    modules = [path.name.split(".")[0] for path in (root / f"thaw/lib/{VERSION}/lib-dynload").glob("*.so")]
    code = (
        f"import importlib\nfor name in {sorted(modules)!r}: importlib.import_module(name)\nprint('loaded')"
    )
    python = root / "thaw" / "bin" / "python3"
    done = subprocess.run(
        [python, "-I", "-S", "-W", "ignore", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr, len(modules) > 30) == ("loaded\n", "", True)


def test_what_libraries_open_by_name_is_there(root: Path) -> None:
    python = root / "thaw" / "bin" / "python3"
    code = "import socket; print(socket.gethostbyname('localhost'))"
    done = subprocess.run([python, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "127.0.0.1\n"


def test_the_zip_holds_the_same_files_with_their_modes(artifact: Artifact) -> None:
    files = {
        str(path.relative_to(artifact.root)): bool(path.stat().st_mode & 0o111)
        for path in artifact.root.rglob("*")
        if path.is_file()
    }
    with zipfile.ZipFile(artifact.archive) as archive:
        zipped = {entry.filename: bool(entry.external_attr >> 16 & 0o111) for entry in archive.infolist()}
    assert zipped == files


def test_its_sizes_are_those_of_the_files(artifact: Artifact) -> None:
    unzipped = sum(path.stat().st_size for path in artifact.root.rglob("*") if path.is_file())
    assert (artifact.zip_bytes, artifact.unzipped_bytes) == (artifact.archive.stat().st_size, unzipped)
