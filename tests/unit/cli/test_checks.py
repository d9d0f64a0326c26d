"""What ``thaw doctor`` sees, on this machine and on ones that lack something."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from thaw_cli import checks
from thaw_cli.checks import Level
from thaw_cli.local.additions import in_root
from thaw_cli.main import main as thaw

ROOT = Path(__file__).parents[3]


def test_nothing_fails_on_a_machine_that_runs_these_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    result = CliRunner().invoke(thaw, ["doctor", "--json"])

    found = json.loads(result.stdout)["checks"]
    assert [check for check in found if check["level"] == "fail"] == []
    assert result.exit_code == 0


def test_what_does_not_work_ends_with_exit_code_3_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = checks.Check("zig", Level.FAIL, "missing", "install it")
    monkeypatch.setattr("thaw_cli.commands.doctor.CHECKS", (lambda: broken,))

    result = CliRunner().invoke(thaw, ["doctor"])

    assert (result.exit_code, "install it" in result.stdout) == (3, True)


def test_the_accidental_version_of_the_cdk_cli_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "node_modules" / "aws-cdk"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"version": "3.0.0"}')
    (tmp_path / "cdk.json").write_text("{}")
    monkeypatch.chdir(tmp_path)

    assert (checks.cdk_cli().level, checks.cdk_cli().found) == (Level.FAIL, "3.0.0")


def test_a_cache_that_cannot_be_written_to_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("THAW_CACHE", str(tmp_path / "file"))

    assert checks.cache().level is Level.FAIL


@pytest.mark.parametrize(("free", "level"), [(0.5, Level.FAIL), (2, Level.WARN), (10, Level.OK)])
def test_a_full_disk_is_noticed(free: float, level: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=int(free * 1024**3))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

    assert checks.disk().level is level


def test_a_machine_that_refuses_namespaces_is_told_how_to_allow_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = tmp_path / "python"
    refusing.write_text(f"#!/bin/sh\necho '{in_root.MARK}{in_root.NO_NAMESPACES} refused' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(refusing))
    check = checks.user_namespaces()

    assert (check.level, check.fix) == (Level.WARN, in_root.REMEDY)


def test_a_machine_without_a_container_engine_is_only_warned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    assert checks.docker().level is Level.WARN
