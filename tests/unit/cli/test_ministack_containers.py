"""What the local cloud does about engines that refuse, and about containers that have to go."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from thaw_cli.local.additions import in_engine
from thaw_cli.local.additions.settings import Settings

REFUSES = """
echo 'permission denied while trying to connect to the Docker daemon socket' >&2
exit 125
"""
# Notes its process as that of the container, by which it can be removed.
RUNS = """
case $1 in
    run) echo $$ > "$(dirname "$0")/container"; echo running; exec sleep 60 ;;
    ps) echo 1234 ;;
    rm) echo "$@" >> "$(dirname "$0")/removed"; kill "$(cat "$(dirname "$0")/container")" ;;
esac
"""
PLAN = json.dumps({"image": "r/i:1", "memory_megabytes": 128, "disk_megabytes": "512", "start": {}})


def settings(folder: Path, script: str) -> Settings:
    """Settings of a cloud whose engine's program is a script."""
    program = folder / "docker"
    program.write_text(f"#!/bin/sh\n{script}")
    program.chmod(0o755)
    written = Settings(
        registry="127.0.0.1:1",
        images=str(folder / "images"),
        engine_only=False,
        engine=str(program),
        engine_variables={"PATH": os.defpath},
        label="c1",
        used=str(folder / "used"),
        file=str(folder / "settings.json"),
    )
    Path(written.file).write_text(written.text())
    return written


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-I", "-S", in_engine.__file__, *arguments]


def test_settings_are_read_as_they_were_written(tmp_path: Path) -> None:
    written = settings(tmp_path, "")
    assert Settings.load(Path(written.file)) == written


def test_the_environment_of_the_engines_program_is_not_shown(tmp_path: Path) -> None:
    assert "PATH" not in repr(settings(tmp_path, ""))


def test_an_engine_that_refuses_is_quoted(tmp_path: Path) -> None:
    line = command("run", settings(tmp_path, REFUSES).file, PLAN)
    done = subprocess.run(line, check=False, capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"{in_engine.MARK}{in_engine.UNAVAILABLE} ")
    assert "received: permission denied while trying to connect to the Docker daemon socket; change: " in last


@pytest.fixture
def running(tmp_path: Path) -> subprocess.Popen[str]:
    """A container that has come up."""
    line = command("run", settings(tmp_path, RUNS).file, PLAN)
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    return process


def test_a_container_is_removed_when_its_function_has_to_end(
    running: subprocess.Popen[str], tmp_path: Path
) -> None:
    with running:
        running.send_signal(signal.SIGTERM)
    assert (tmp_path / "removed").read_text().startswith("rm --force thaw-")


def test_containers_are_removed_when_the_cloud_has_ended(
    running: subprocess.Popen[str], tmp_path: Path
) -> None:
    with running:
        subprocess.run(command("remove", str(tmp_path / "settings.json")), check=True)
    assert (tmp_path / "removed").read_text() == "rm --force 1234\n"


def test_a_cloud_without_containers_asks_no_engine(tmp_path: Path) -> None:
    subprocess.run(command("remove", settings(tmp_path, RUNS).file), check=True)
    assert not (tmp_path / "removed").exists()
