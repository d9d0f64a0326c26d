"""``thaw image run`` as a user calls it."""

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import pytest
from image_commands import CODE, PORTABLE, call, document

from tests import builds
from thaw_cli.local.ports import LOOPBACK, free_port


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_CACHE", str(builds.shared_cache()))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return builds.function(tmp_path_factory.mktemp("image-command") / "function", handler=CODE)


def test_run_invokes_once_and_prints_the_answer(source: Path) -> None:
    result = call("run", source, "--event", "[1]", "-v", "NAME=a=b")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["event"], answer["variable"]) == (0, [1], "a=b")
    assert "a line of the log\n" in result.stderr
    assert "REPORT RequestId: " in result.stderr


def test_the_images_files_are_the_root(source: Path) -> None:
    payload = document(call("run", source, "--event", "{}", "--json"))["payload"]
    assert payload["folder"] == "/var/task"
    assert payload["root"] == ["dev", "etc", "lambda-entrypoint", "proc", "tmp", "usr", "var"]


def test_an_image_can_write_to_tmp_alone(source: Path) -> None:
    result = call("run", source, "--event", "{}", handler="handler.writes")
    error = json.loads(result.stdout)
    assert (error["errorType"], "/var/task/file" in error["errorMessage"]) == ("OSError", True)


def test_run_of_a_function_that_fails_is_exit_code_1(source: Path) -> None:
    result = call("run", source, "--event", "{}", handler="handler.fails")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["errorType"] == "LookupError"
    assert "THAW081: the function failed" in result.stderr


def test_run_refuses_a_port_that_is_taken(source: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        result = call("run", source, "--port", str(server.getsockname()[1]))
    assert (result.exit_code, result.stderr.split(":")[0]) == (1, "THAW085")


def test_run_refuses_another_architecture(source: Path) -> None:
    result = call("run", source, "--architecture", "arm64", "--event", "{}")
    assert (result.exit_code, result.stderr.split(":")[0]) == (3, "THAW078")


# Makes unshare(2) fail for this process and those that it starts, by a filter as in seccomp(2): what engines do by default.
REFUSING = """
import ctypes, os, platform, struct, sys
number = {"x86_64": 272, "aarch64": 97}[platform.machine()]
load, jump, ret, errno_eperm, allow = 0x20, 0x15, 0x06, 0x00050001, 0x7FFF0000
steps = [(load, 0, 0, 0), (jump, 0, 1, number), (ret, 0, 0, errno_eperm), (ret, 0, 0, allow)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, program, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_run_says_what_to_change_where_namespaces_are_refused(source: Path) -> None:
    options = ["--handler", "handler.handle", *PORTABLE, "--event", "{}"]
    thaw_in_python = [sys.executable, "-m", "thaw_cli", "image", "run", str(source), *options]
    done = subprocess.run(
        [sys.executable, "-c", REFUSING, *thaw_in_python], check=False, capture_output=True, text=True
    )
    assert done.returncode == 3
    assert "THAW086: this machine does not let its users make user and mount namespaces" in done.stderr
    assert "kernel.unprivileged_userns_clone=1" in done.stderr


@contextmanager
def running(source: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``thaw image run`` in a process of its own, and where it says that it listens."""
    options = ["--handler", "handler.handle", *PORTABLE, "--port", str(free_port()), "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "thaw_cli", "image", "run", str(source), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            told = [cast("IO[str]", process.stdout).readline() for _ in range(3)]
            yield process, json.loads("".join(told))["url"]
        finally:
            process.kill()


def post(url: str) -> Any:
    with urllib.request.urlopen(url, b"{}") as answer:
        return json.load(answer)


def test_run_serves_until_it_is_interrupted(source: Path) -> None:
    with running(source) as (process, url):
        assert post(url)["event"] == {}
        assert post(url)["event"] == {}
        process.send_signal(signal.SIGINT)
        log = process.communicate()[1]
        assert process.returncode == 130
    assert log.count("REPORT RequestId: ") == 2
    with pytest.raises(OSError, match="refused"):
        post(url)


def test_run_listens_on_loopback_alone(source: Path) -> None:
    with running(source) as (_, url):
        port = int(url.split(":")[2].split("/")[0])
        table = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    assert {row[1].split(":")[0] for row in table if row[1].endswith(f":{port:04X}")} == {"0100007F"}
