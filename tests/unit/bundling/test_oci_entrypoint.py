"""The program that an image starts: on Lambda it becomes its arguments, elsewhere it looks for the emulator."""

import platform
import struct
import subprocess
from pathlib import Path

import pytest

from constructs_lib.bundling import Architecture, oci
from tests import executables

LAMBDA = {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1"}
EMULATOR = Path("/usr/local/bin/aws-lambda-rie")
pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="runs a program for x86_64")


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program that shows its arguments and variables."""
    return executables.script(
        tmp_path_factory.mktemp("entry") / "show",
        b'#!/bin/sh\nprintf "%s|" "$0" "$@" "_HANDLER=$_HANDLER" "NAME=$NAME"\n',
    )


def call(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [oci.entrypoint(Architecture.X86_64), *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", **variables},
    )


def test_on_lambda_it_becomes_the_program_with_the_handler_as_last_argument_and_variable(show: Path) -> None:
    done = call(show, "handler.handle", NAME="value", **LAMBDA)
    assert done.stdout == f"{show}|handler.handle|_HANDLER=handler.handle|NAME=value|"


def test_a_handler_of_the_command_line_counts_for_more_than_one_of_the_environment(show: Path) -> None:
    done = call(show, "new.handler", _HANDLER="old.handler", **LAMBDA)
    assert "_HANDLER=new.handler|" in done.stdout


def test_without_a_handler_the_environments_own_stays(show: Path) -> None:
    assert "_HANDLER=own.handler|" in call(show, _HANDLER="own.handler", **LAMBDA).stdout


def test_the_last_of_several_arguments_is_the_handler(show: Path) -> None:
    assert call(show, "--option", "a.b", **LAMBDA).stdout.startswith(f"{show}|--option|a.b|_HANDLER=a.b|")


def test_the_programs_status_is_its_own(tmp_path: Path) -> None:
    program = executables.script(tmp_path / "fails", b"#!/bin/sh\nexit 42\n")
    assert call(program, "a.b", **LAMBDA).returncode == 42


@pytest.mark.skipif(EMULATOR.exists(), reason="this machine has an emulator where images have it")
@pytest.mark.parametrize("variables", [{}, {"AWS_LAMBDA_RUNTIME_API": ""}], ids=["unset", "empty"])
def test_elsewhere_it_says_in_one_line_that_there_is_no_emulator(variables: dict[str, str]) -> None:
    done = call("/var/task/bootstrap", "handler.handle", **variables)
    words = (
        f"lambda-entrypoint: AWS_LAMBDA_RUNTIME_API is not set, so this is not Lambda, and there is no {EMULATOR}; "
        "build the image with the emulator to run it here\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (127, "", words)


def test_a_program_that_is_not_there_is_named_in_one_line() -> None:
    done = call("/nowhere/bootstrap", "handler.handle", **LAMBDA)
    assert (done.returncode, done.stderr) == (
        127,
        "lambda-entrypoint: /nowhere/bootstrap cannot be executed; is it there, executable, and for this processor?\n",
    )


def test_a_program_for_another_processor_is_named_in_one_line() -> None:
    program = executables.static("aarch64")
    done = call(program, "handler.handle", **LAMBDA)
    assert (done.returncode, str(program) in done.stderr, done.stderr.count("\n")) == (127, True, 1)


@pytest.mark.parametrize("variables", [{}, LAMBDA], ids=["elsewhere", "on Lambda"])
def test_without_anything_to_start_it_says_so(variables: dict[str, str]) -> None:
    done = call(**variables)
    assert (done.returncode, done.stderr.count("\n")) == (127, 1)
    assert "nothing to start" in done.stderr


def test_a_long_handler_and_many_variables_pass(show: Path) -> None:
    handler = "a" * 100_000
    many = {f"V{number}": "x" * 100 for number in range(2000)}
    assert f"_HANDLER={handler}|" in call(show, handler, **many, **LAMBDA).stdout


@pytest.mark.parametrize(
    ("architecture", "machine"), [(Architecture.X86_64, 62), (Architecture.ARM64, 183)], ids=str
)
def test_it_is_a_static_executable_of_either_processor(architecture: Architecture, machine: int) -> None:
    data = oci.entrypoint(architecture).read_bytes()
    # e_type EXEC and e_machine, by the ELF specification; a dynamic program would name its interpreter.
    assert (data[:4], struct.unpack_from("<HH", data, 16), b"ld-linux" in data) == (
        b"\x7fELF",
        (2, machine),
        False,
    )


def test_it_is_small() -> None:
    assert oci.entrypoint(Architecture.X86_64).stat().st_size < 8192


@pytest.mark.parametrize("architecture", list(Architecture))
def test_the_emulator_is_there_for_either_processor_and_executable(architecture: Architecture) -> None:
    emulator = oci.emulator(architecture)
    assert (emulator.read_bytes()[:4], emulator.stat().st_mode & 0o111) == (b"\x7fELF", 0o111)
