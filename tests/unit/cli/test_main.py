"""The command line's frame: what the user sees, on which stream, with which exit code."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from constructs_lib.bundling.errors import BundlingError
from thaw_cli import console, main
from thaw_cli.errors import CloudNotRunningError
from thaw_cli.main import main as thaw


class SizeError(BundlingError):
    """A user's error."""

    id = "THAW001"


def run(monkeypatch: pytest.MonkeyPatch, command: click.Command, *arguments: str) -> Result:
    monkeypatch.setattr(main.Commands, "get_command", lambda *_: command)
    return CliRunner().invoke(thaw, ["build", *arguments])


def raising(error: BaseException) -> click.Command:
    @click.command()
    @console.json_option
    def command() -> None:
        raise error

    return command


ERROR = SizeError("the zip is too large", received="60 MB [red]", allowed="50 MB", change="drop a dependency")


def test_a_users_error_is_a_block_on_stderr_and_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, raising(ERROR))

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{ERROR}\n")


def test_a_users_error_is_an_object_on_stderr_with_json(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, raising(ERROR), "--json")

    assert (result.exit_code, result.stdout) == (1, "")
    assert json.loads(result.stderr) == {
        "id": "THAW001",
        "what": "the zip is too large",
        "received": "60 MB [red]",
        "allowed": "50 MB",
        "change": "drop a dependency",
    }


def test_what_the_machine_lacks_is_exit_code_3(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, raising(CloudNotRunningError("it is down", change="start it")))

    assert result.exit_code == 3


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    bug = ZeroDivisionError()

    assert run(monkeypatch, raising(bug)).exception is bug


def test_an_interrupted_command_is_exit_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, raising(KeyboardInterrupt()))

    assert (result.exit_code, result.stdout) == (130, "")


def test_wrong_usage_is_exit_code_2() -> None:
    result = CliRunner().invoke(thaw, ["deploy"])

    assert result.exit_code == 2
    assert "Missing option '-e'" in result.stderr


@pytest.mark.parametrize("name", ["cloud up", "cloud down", "cloud status", "deploy", "destroy", "doctor"])
def test_the_help_of_every_command_has_an_example_the_exit_codes_and_json(name: str) -> None:
    result = CliRunner().invoke(thaw, [*name.split(), "--help"])

    assert result.exit_code == 0
    assert all(text in result.stdout for text in ("Example:", f"    thaw {name}", "Exit codes:", "--json"))


def test_progress_goes_to_stderr_so_that_stdout_is_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def command() -> None:
        with console.step("Working") as report:
            report("still working")
        console.show({"answer": 42}, lambda out: out.print("42"))

    result = run(monkeypatch, command)

    assert (result.stdout, result.stderr) == ("42\n", "Working\n")


def test_with_json_nothing_but_the_document_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    @console.json_option
    def command() -> None:
        console.note("By the way")
        with console.step("Working"):
            console.show({"answer": 42}, lambda out: out.print("42"))

    result = run(monkeypatch, command, "--json")

    assert (json.loads(result.stdout), result.stderr) == ({"answer": 42}, "")


def test_a_table_shows_brackets_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def command() -> None:
        console.show({}, lambda out: out.print(console.table("T [bold]", ("a",), [("[red]x[/red]",)])))

    result = run(monkeypatch, command)

    assert "T [bold]" in result.stdout
    assert "[red]x[/red]" in result.stdout


def test_the_help_is_printed_without_importing_any_command() -> None:
    script = "import sys; from thaw_cli.main import main; main(['--help'], standalone_mode=False); print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    loaded = set(result.stdout.splitlines()[-1].split())
    assert not {name for name in loaded if name.startswith(("thaw_cli.commands.", "boto", "aws_cdk"))}


def test_ctrl_c_ends_the_program_with_130_and_no_traceback(tmp_path: Path) -> None:
    script = "import os, signal; from thaw_cli import checks; from functools import partial;"
    script += "checks.CHECKS = (partial(os.kill, os.getpid(), signal.SIGINT),);"
    script += "from thaw_cli.main import main; main(['doctor'])"
    environment = {**os.environ, "PYTHONPATH": str(Path(main.__file__).parents[1])}
    result = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True, env=environment
    )

    assert result.returncode == 128 + signal.SIGINT
    assert "Traceback" not in result.stderr
