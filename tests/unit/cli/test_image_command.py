"""``thaw image`` as a user calls it, and the archive that it writes."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tarfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import pytest
from click.testing import CliRunner, Result

from tests import builds
from thaw_cli import archive
from thaw_cli.local.emulator import INVOCATIONS
from thaw_cli.local.ports import LOOPBACK, free_port
from thaw_cli.main import main as thaw

CODE = """
import os

def handle(event, context):
    print("a line of the log")
    return {"event": event, "variable": os.environ.get("NAME"), "folder": os.getcwd(), "root": sorted(os.listdir("/"))}

def fails(event, context):
    raise LookupError("no such thing")

def writes(event, context):
    with open("/tmp/file", "w") as file:
        file.write("kept for a while")
    with open("/var/task/file", "w"):
        pass
"""
PORTABLE = ("--start", "portable")
Build = Callable[..., Any]


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_CACHE", str(builds.shared_cache()))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return builds.function(tmp_path_factory.mktemp("image-command") / "function", handler=CODE)


def call(command: str, source: Path, *arguments: str | Path, handler: str = "handler.handle") -> Result:
    told = [str(argument) for argument in (*PORTABLE, *arguments)]
    return CliRunner().invoke(thaw, ["image", command, str(source), "--handler", handler, *told])


def document(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def out(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_CACHE", str(builds.shared_cache()))
        out = tmp_path_factory.mktemp("archive") / "image.tar"
        document(call("build", source, "--out", out, "--json"))
        return out


def member(file: Path, name: str) -> Any:
    with tarfile.open(file) as opened:
        return json.load(cast("IO[bytes]", opened.extractfile(name)))


def test_an_archive_is_what_docker_load_takes(out: Path) -> None:
    [image] = member(out, "manifest.json")
    with tarfile.open(out) as opened:
        assert {image["Config"], *image["Layers"]} <= set(opened.getnames())


def test_an_archive_is_an_archived_oci_layout(out: Path) -> None:
    assert member(out, "oci-layout") == {"imageLayoutVersion": "1.0.0"}
    assert len(member(out, "index.json")["manifests"]) == 1


def test_the_same_image_is_the_same_archive(source: Path, out: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.tar"
    document(call("build", source, "--out", again, "--json"))
    assert again.read_bytes() == out.read_bytes()


def test_an_archives_files_are_sorted_and_say_nothing_of_this_machine(out: Path) -> None:
    with tarfile.open(out) as opened:
        entries = opened.getmembers()
    assert [entry.name for entry in entries] == sorted(entry.name for entry in entries)
    assert {(entry.uid, entry.gid, entry.uname, entry.gname) for entry in entries} == {(0, 0, "", "")}
    assert {entry.mtime for entry in entries} == {archive._EPOCH}


def test_build_describes_what_it_made(source: Path, out: Path, tmp_path: Path) -> None:
    told = document(call("build", source, "--out", tmp_path / "image.tar", "--json"))
    [image] = member(out, "manifest.json")
    assert image["RepoTags"] == [told["tag"]]
    assert told["archive_bytes"] == out.stat().st_size
    assert told["compressed_bytes"] == sum(layer["bytes"] for layer in told["layers"])


def test_build_shows_layers_and_what_to_do_next(source: Path, tmp_path: Path) -> None:
    result = call("build", source, "--out", tmp_path / "image.tar")
    assert [line.split()[0] for line in result.stdout.splitlines() if "reused" in line or " new" in line] == [
        "system",
        "emulator",
        "interpreter",
        "start",
        "handler",
    ]
    load, run, curl = result.stdout.splitlines()[-3:]
    assert load.endswith(f"load --input {tmp_path / 'image.tar'}")
    assert "run --rm -p 9000:8080 thaw-image:" in run
    assert curl == f"  curl -XPOST \"http://localhost:9000{INVOCATIONS}\" -d '{{}}'"


def test_next_steps_name_the_engine_that_the_cdk_would_use(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDK_DOCKER", "podman")
    steps = document(call("build", source, "--out", tmp_path / "image.tar", "--json"))["next"]
    assert [step.split()[0] for step in steps] == ["podman", "podman", "curl"]


def test_an_image_without_emulator_has_no_layer_of_it(source: Path, tmp_path: Path) -> None:
    told = document(call("build", source, "--no-emulator", "--out", tmp_path / "image.tar", "--json"))
    assert "emulator" not in {layer["name"] for layer in told["layers"]}


def test_an_image_without_emulator_is_not_said_to_run_here(source: Path, tmp_path: Path) -> None:
    told = document(call("build", source, "--no-emulator", "--out", tmp_path / "image.tar", "--json"))
    assert [step.split()[1] for step in told["next"]] == ["load"]


def test_an_image_may_be_labelled_for_snapstart(source: Path, tmp_path: Path) -> None:
    document(call("build", source, "--snap-start", "--out", tmp_path / "image.tar", "--json"))
    [image] = member(tmp_path / "image.tar", "manifest.json")
    config = member(tmp_path / "image.tar", image["Config"])["config"]
    assert config["Labels"] == {"com.amazonaws.lambda.feature.snapstart": "Allow"}


def test_an_image_upon_a_base_is_an_archive_to_build_from(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "image.tar"
    told = document(call("build", source, "--base", "debian:12-slim", "--out", out, "--json"))
    with tarfile.open(out) as opened:
        dockerfile = cast("IO[bytes]", opened.extractfile("Dockerfile")).read().decode()
        entry = opened.getmember("system/lambda-entrypoint")
    assert dockerfile.startswith("FROM debian:12-slim\n")
    assert entry.mode == 0o755
    assert told["next"][0].endswith(f"build --tag {told['tag']} - < {out}")


@pytest.mark.parametrize("options", [[], ["--base", "debian:12-slim"]], ids=["scratch", "base"])
def test_build_replaces_an_earlier_archive(source: Path, tmp_path: Path, options: list[str]) -> None:
    out = tmp_path / "image.tar"
    document(call("build", source, "--out", out, "--no-emulator", *options, "--json"))
    first = out.read_bytes()
    document(call("build", source, "--out", out, "--json"))
    assert out.read_bytes() != first


def other_archive(file: Path) -> None:
    with tarfile.open(file, "w") as opened:
        opened.add(__file__, "manifest.json")


def other_image(file: Path) -> None:
    (file.parent / "manifest.json").write_text('[{"RepoTags": ["debian:12"]}]')
    with tarfile.open(file, "w") as opened:
        opened.add(file.parent / "manifest.json", "manifest.json")
    (file.parent / "manifest.json").unlink()


@pytest.mark.parametrize(
    "put",
    [
        lambda file: file.write_text("precious"),
        lambda file: file.symlink_to("nowhere"),
        os.mkfifo,
        other_archive,
        other_image,
    ],
    ids=["text", "dangling link", "pipe", "archive", "image"],
)
def test_build_replaces_nothing_else(source: Path, tmp_path: Path, put: Callable[[Path], object]) -> None:
    put(tmp_path / "image.tar")
    before = os.lstat(tmp_path / "image.tar")
    result = call("build", source, "--out", tmp_path / "image.tar")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("THAW084: there is something else")
    assert os.lstat(tmp_path / "image.tar") == before


def test_build_makes_no_folders(source: Path, tmp_path: Path) -> None:
    result = call("build", source, "--out", tmp_path / "new" / "image.tar")
    assert result.exit_code == 1
    assert "THAW084: the archive would lie in a folder that does not exist" in result.stderr


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk with so much room, as far as one file is concerned."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_an_archive_that_does_not_fit_leaves_nothing(source: Path, out: Path, tmp_path: Path) -> None:
    old = tmp_path / "image.tar"
    old.write_bytes(out.read_bytes())
    with files_of_at_most(1 << 20):
        result = call("build", source, "--out", old)
    assert "THAW084: the archive cannot be written" in result.stderr
    assert "File too large" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["image.tar"]
    assert old.read_bytes() == out.read_bytes()


def test_an_archive_is_readable_as_other_new_files_are(out: Path) -> None:
    (out.parent / "other").touch()
    assert out.stat().st_mode == (out.parent / "other").stat().st_mode


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
