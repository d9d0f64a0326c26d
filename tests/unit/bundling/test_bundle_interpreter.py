"""The Python to bundle is found, or it is told why it cannot be."""

import shutil
import sys
import venv
from dataclasses import replace
from pathlib import Path

import pytest

from constructs_lib.bundling import Architecture
from constructs_lib.bundling.interpreter import Interpreter, InterpreterError, compile_all, find
from constructs_lib.bundling.native import compile_launcher

X86_64, ARM64 = Architecture.X86_64, Architecture.ARM64
NAME = f"python3.{sys.version_info.minor}"
BASE = Path(sys.base_prefix) / "bin" / NAME


@pytest.fixture(scope="module")
def own() -> Interpreter:
    return find(None, X86_64)


def test_the_default_is_the_python_that_runs_the_build(own: Interpreter) -> None:
    assert (own.executable, own.version, own.architecture, own.is_native) == (
        BASE.resolve(),
        NAME.removeprefix("python"),
        X86_64,
        True,
    )


@pytest.mark.parametrize("python", [BASE, BASE.parents[1], Path(sys.executable), Path(sys.prefix)])
def test_an_executable_a_prefix_and_a_virtual_environment_lead_to_the_same(
    own: Interpreter, python: Path
) -> None:
    assert find(python, X86_64) == own


def test_a_virtual_environment_of_copies_leads_to_its_base(own: Interpreter, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", symlinks=False, with_pip=False)
    assert find(tmp_path / "venv" / "bin" / NAME, X86_64) == own


def refused(python: Path, architecture: Architecture = X86_64) -> str:
    with pytest.raises(InterpreterError) as caught:
        find(python, architecture)
    return str(caught.value)


def test_a_python_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert f"received: {tmp_path / 'python3'}" in refused(tmp_path / "python3")


def test_a_prefix_without_a_python_is_named(tmp_path: Path) -> None:
    assert f"received: {tmp_path}" in refused(tmp_path)


def test_a_wrapper_script_is_refused(tmp_path: Path) -> None:
    (tmp_path / "python3").write_text('#!/bin/sh\nexec python3 "$@"\n')
    assert "name the interpreter itself, not a wrapper script" in refused(tmp_path / "python3")


def test_a_static_executable_is_refused(tmp_path: Path) -> None:
    compile_launcher(tmp_path / "python3", architecture=X86_64, loader="ld.so", interpreter="python3")
    assert "not a dynamically linked Linux executable" in refused(tmp_path / "python3")


def test_a_python_of_another_architecture_is_refused() -> None:
    error = refused(BASE, ARM64)
    assert "is x86_64" in error
    assert "a CPython for arm64" in error


def test_an_executable_without_a_standard_library_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    shutil.copy(BASE, tmp_path / "bin" / NAME)
    assert "standard libraries none beside it" in refused(tmp_path / "bin" / NAME)


@pytest.mark.parametrize("version", ["3.10", "3.15", "3.13t"])
def test_a_python_that_is_not_supported_is_refused(tmp_path: Path, version: str) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "lib" / f"python{version}").mkdir(parents=True)
    (tmp_path / "lib" / f"python{version}" / "os.py").write_text("")
    shutil.copy(BASE, tmp_path / "bin" / f"python{version}")
    error = refused(tmp_path / "bin" / f"python{version}")
    assert "this Python cannot be bundled" in error
    assert f"['{version}']" in error


def test_a_foreign_python_without_its_c_library_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "lib" / NAME).mkdir(parents=True)
    (tmp_path / "lib" / NAME / "os.py").write_text("")
    loader = b"/lib64/ld-linux-x86-64.so.2"
    program = BASE.read_bytes().replace(loader, b"/lib64/ld-nowhere-64.so.2".ljust(len(loader), b"\0"))
    (tmp_path / "bin" / NAME).write_bytes(program)
    assert "asks for /lib64/ld-nowhere-64.so.2" in refused(tmp_path / "bin" / NAME)


def test_a_python_whose_loader_is_too_old_is_refused(tmp_path: Path) -> None:
    for folder in ("bin", "lib64", f"lib/{NAME}"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "lib" / NAME / "os.py").write_text("")
    (tmp_path / "lib64" / "ld-linux-x86-64.so.2").write_bytes(b"ld.so of glibc 2.31")
    shutil.copy(BASE, tmp_path / "bin" / NAME)
    assert "glibc 2.33 (2021) or newer" in refused(tmp_path / "bin" / NAME)


def test_a_file_that_does_not_compile_stays_a_source_file(own: Interpreter, tmp_path: Path) -> None:
    (tmp_path / "template.py").write_text("{{ name }} = $value\n")
    (tmp_path / "warns.py").write_text("x = '\\d'\n1 is 1\n")
    compile_all(tmp_path, shown_as="/var/task", interpreter=own)
    assert [path.name.split(".")[0] for path in (tmp_path / "__pycache__").iterdir()] == ["warns"]


def test_an_interpreter_that_cannot_run_is_told_and_not_ignored(own: Interpreter, tmp_path: Path) -> None:
    compile_launcher(tmp_path / "python3", architecture=X86_64, loader="nowhere.so", interpreter="python3")
    with pytest.raises(InterpreterError, match="cannot execute the bundled interpreter"):
        compile_all(tmp_path, shown_as="/var/task", interpreter=replace(own, executable=tmp_path / "python3"))
