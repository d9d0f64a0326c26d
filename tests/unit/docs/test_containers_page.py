"""The page on container images shows what really happens."""

import json
import os
import re
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import pytest
from click.testing import CliRunner

from docs.tools.examples import parse, unpack
from docs.tools.site import DOCS
from tests import builds
from thaw_cli.cdk import node
from thaw_cli.errors import (
    ImageArchiveError,
    NamespacesRefusedError,
    PortTakenError,
    UnsupportedSystemError,
)
from thaw_cli.local.ports import free_port
from thaw_cli.main import main as thaw

PAGE = (DOCS / "containers.md").read_text()
EXAMPLE = parse("containers", PAGE)
COMMANDS = re.findall(r"^\$ (.*)$", PAGE, flags=re.MULTILINE)
PORTABLE = ["--start", "portable"]  # the page is not about snapshots, and they take seconds


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_CACHE", str(builds.shared_cache()))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where somebody has typed in what the page shows."""
    unpack([EXAMPLE], tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def arguments(beginning: str, having: str = "") -> list[str]:
    """Of a command on the page, without the name of its program."""
    [command] = {each for each in COMMANDS if each.startswith(beginning) and having in each}
    return [*shlex.split(command)[1:], *PORTABLE]


def shown_after(command: str) -> str:
    """The line that the page shows below a command."""
    return PAGE.partition(f"$ {command}\n")[2].partition("\n")[0]


def test_an_archive_is_written_and_the_next_commands_are_those_of_the_page(project: Path) -> None:
    result = CliRunner().invoke(thaw, arguments("thaw image build"))
    assert result.exit_code == 0, result.output
    assert (project / "hello.tar").is_file()
    printed = [re.sub(r"[0-9a-f]{64}", "FINGERPRINT", line.strip()) for line in result.stdout.splitlines()]
    assert printed[-3:] == [each for each in COMMANDS if each.split()[0] in {"docker", "curl"}][:3]


@pytest.mark.usefixtures("project")
def test_an_image_is_invoked_once() -> None:
    [command] = {each for each in COMMANDS if "--event" in each}
    result = CliRunner().invoke(thaw, arguments("thaw image run", "--event"))
    assert json.loads(result.stdout) == json.loads(shown_after(command)) == {"hello": "you"}


@contextmanager
def running(command: list[str]) -> Iterator[str]:
    """A command that stays, until the context ends; yields the first line that it prints."""
    with subprocess.Popen(
        [sys.executable, "-m", "thaw_cli", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield cast("IO[str]", process.stdout).readline()
        finally:
            process.terminate()


@pytest.mark.usefixtures("project")
def test_the_call_of_the_page_is_answered() -> None:
    [curl] = {each for each in COMMANDS if each.startswith("curl")}
    [stays] = {each for each in COMMANDS if each.startswith("thaw image run") and "--event" not in each}
    port = str(free_port())
    with running([*shlex.split(stays)[1:], *PORTABLE, "--port", port]) as printed:
        assert printed == curl.replace("9000", port) + "\n"
        url, _, event = shlex.split(printed)[-3:]
        with urllib.request.urlopen(url, event.encode()) as answer:
            assert json.load(answer) == json.loads(shown_after(curl))


def test_the_application_can_be_synthesised(project: Path) -> None:
    settings = {
        "CDK_CONTEXT_JSON": json.dumps({"aws:cdk:bundling-stacks": []}),
        "CDK_OUTDIR": str(project / "cdk.out"),
        "CDK_VALIDATION": "false",
        "JSII_NODE": str(node()),
    }
    subprocess.run([sys.executable, "app.py"], cwd=project, env=os.environ | settings, check=True)
    resources = json.loads((project / "cdk.out" / "Images.template.json").read_text())["Resources"].values()
    functions = [each for each in resources if each["Type"] == "AWS::Lambda::Function"]
    assert [each["Properties"]["PackageType"] for each in functions] == ["Image", "Image"]


def test_the_layers_are_those_of_an_image(project: Path) -> None:
    (project / "hello" / "requirements.txt").write_text("")
    result = CliRunner().invoke(thaw, [*arguments("thaw image build"), "--json"])
    made = [layer["name"] for layer in json.loads(result.stdout)["layers"]]
    table = PAGE.partition("## What is in it")[2].partition("## ")[0]
    told = re.findall(r"^\| (\w+) \|", table, flags=re.MULTILINE)[1:]
    assert told == made


def test_an_error_of_the_command_has_its_id() -> None:
    known = {"THAW078": UnsupportedSystemError, "THAW084": ImageArchiveError, "THAW085": PortTakenError}
    known |= {"THAW086": NamespacesRefusedError}
    assert {each.id for each in known.values()} == set(known)
    assert all(f"| {name} |" in PAGE for name in known)
