"""``thaw build`` and ``thaw invoke`` as a user calls them."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from constructs_lib.bundling.limits import MEBIBYTE
from tests import builds
from thaw_cli.commands.build import zipped
from thaw_cli.main import main as thaw

CODE = """
import os, sys, time

def handle(event, context):
    print("a line of the log")
    return {"event": event, "variable": os.environ.get("NAME")}

def fails(event, context):
    raise LookupError("no such thing")

def sleeps(event, context):
    time.sleep(60)

def says_bytes(event, context):
    return b"\\xff not JSON"

def says_timed_out(event, context):
    return "Task timed out after 1.00 seconds"

def ends(event, context):
    os._exit(3)
"""

PORTABLE = (
    "--start",
    "portable",
)  # where it does not matter how a function starts; a snapshot takes seconds to make


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_CACHE", str(builds.shared_cache()))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return builds.function(tmp_path_factory.mktemp("cli") / "function", handler=CODE)


def run(command: str, source: Path, *arguments: str | Path, handler: str = "handler.handle") -> Result:
    call = [command, str(source), "--handler", handler, *(str(argument) for argument in arguments)]
    return CliRunner().invoke(thaw, call)


def document(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_build_leaves_a_task_root_and_describes_it(source: Path, tmp_path: Path) -> None:
    told = document(run("build", source, "--out", tmp_path / "out", "--json"))
    sizes = {"zip_bytes", "unzipped_bytes"}
    assert set(told) == {"out", "fingerprint", "reused", "start", "snapshot"} | sizes
    assert (tmp_path / "out" / "bootstrap").is_file()
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert told["unzipped_bytes"] == sum(path.stat().st_size for path in files)


def test_build_says_that_nothing_had_changed(source: Path, tmp_path: Path) -> None:
    first, second = (document(run("build", source, "--out", tmp_path / "out", "--json")) for _ in range(2))
    assert second == {**first, "reused": True}


def test_build_shows_sizes_and_limits(source: Path, tmp_path: Path) -> None:
    result = run("build", source, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["task", "start", "zipped", "unzipped"]
    assert "of 50.0 MB" in result.stdout


def test_build_refuses_a_folder_with_other_files_before_it_builds(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("precious")
    result = run("build", source, "--out", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("THAW010: ")
    assert (tmp_path / "out" / "notes.txt").read_text() == "precious"


def test_build_refuses_an_output_inside_the_handlers_folder(source: Path) -> None:
    result = run("build", source, "--out", source / "build")
    assert (result.exit_code, (source / "build").exists()) == (1, False)
    assert "lies in the handler's folder" in result.stderr


def test_build_tells_a_mistake_as_an_object_with_json(tmp_path: Path) -> None:
    result = run("build", tmp_path / "nowhere", "--out", tmp_path / "out", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert json.loads(result.stderr)["id"] == "THAW009"


@pytest.mark.parametrize(
    "arguments",
    [["--architecture", "riscv"], ["--start", "warm"], ["--python", "nowhere"], ["--requirements", "no.txt"]],
)
def test_build_refuses_options_that_lead_nowhere(source: Path, tmp_path: Path, arguments: list[str]) -> None:
    result = run("build", source, "--out", tmp_path / "out", *arguments)
    assert result.exit_code in {1, 2}
    assert arguments[1] in result.stderr
    assert not (tmp_path / "out").exists()


def test_build_takes_the_values_that_its_help_names(source: Path, tmp_path: Path) -> None:
    named = ("--architecture", "x86_64", "--start", "snapshot", "--python", sys.executable)
    plain, explicit = (
        document(run("build", source, "--out", tmp_path / "out", "--json", *options))
        for options in ((), named)
    )
    assert explicit["fingerprint"] == plain["fingerprint"]


def test_build_refuses_the_python_of_another_architecture(source: Path, tmp_path: Path) -> None:
    result = run("build", source, "--out", tmp_path / "out", "--architecture", "arm64")
    assert result.exit_code == 1
    assert "a CPython for arm64" in result.stderr


def test_invoke_prints_the_response_on_stdout_and_the_log_on_stderr(source: Path) -> None:
    result = run("invoke", source, "--event", '{"a": "ö"}', "-v", "NAME=a=b")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"event": {"a": "ö"}, "variable": "a=b"})
    assert "a line of the log\n" in result.stderr
    assert "REPORT RequestId: " in result.stderr


def test_invoke_takes_its_event_from_a_file(source: Path, tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text("[1, 2]")
    told = document(run("invoke", source, "--event", tmp_path / "event.json", "--json"))
    assert told["payload"]["event"] == [1, 2]
    assert "a line of the log\n" in told["log"]


@pytest.mark.parametrize(
    ("handler", "reason"),
    [("fails", "LookupError"), ("ends", "Runtime.ExitError"), ("nowhere", "Runtime.HandlerNotFound")],
)
def test_invoke_of_a_function_that_fails_is_exit_code_1(source: Path, handler: str, reason: str) -> None:
    result = run("invoke", source, *PORTABLE, handler=f"handler.{handler}")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["errorType"] == reason
    assert "THAW081: the function failed" in result.stderr


def test_invoke_shows_a_trace_line_by_line(source: Path) -> None:
    result = run("invoke", source, *PORTABLE, handler="handler.fails")
    assert "Traceback (most recent call last):\n" in result.stderr
    assert "\r" not in result.stderr


def test_invoke_of_a_function_that_takes_too_long_is_exit_code_1(source: Path) -> None:
    result = run("invoke", source, *PORTABLE, "--timeout", "1", handler="handler.sleeps")
    assert result.exit_code == 1
    assert "timed out after 1" in result.stdout
    assert "THAW081" in result.stderr


def test_invoke_prints_a_response_that_is_not_json(source: Path) -> None:
    result = run("invoke", source, *PORTABLE, handler="handler.says_bytes")
    assert (result.exit_code, result.stdout) == (0, "\N{REPLACEMENT CHARACTER} not JSON\n")


def test_invoke_does_not_take_a_text_for_a_time_out(source: Path) -> None:
    assert run("invoke", source, *PORTABLE, handler="handler.says_timed_out").exit_code == 0


@pytest.mark.parametrize("event", ["{", "", "nowhere.json", '{"a": 1} x', "[NaN"])
def test_invoke_refuses_an_event_that_is_not_json(source: Path, event: str) -> None:
    result = run("invoke", source, "--event", event)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("THAW080: ")


@pytest.mark.parametrize("variable", ["NAME", "=value"])
def test_invoke_refuses_a_variable_without_name_or_value(source: Path, variable: str) -> None:
    result = run("invoke", source, "-v", variable)
    assert result.exit_code == 2
    assert "is not NAME=VALUE" in result.stderr


@pytest.mark.parametrize("name", ["build", "invoke"])
def test_the_help_has_an_example_the_exit_codes_and_json(name: str) -> None:
    result = CliRunner().invoke(thaw, [name, "--help"])
    assert all(text in result.stdout for text in ("Example:", f"    thaw {name}", "Exit codes:", "--json"))


@pytest.mark.parametrize(
    ("size", "text"),
    [(50, "50.0 MB of 50.0 MB for an upload by hand"), (51, "it has to go through a bucket")],
)
def test_a_zip_that_is_too_large_for_an_upload_by_hand_is_said_to_be(size: int, text: str) -> None:
    assert text in zipped(size * MEBIBYTE)
