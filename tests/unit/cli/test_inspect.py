"""``thaw inspect`` shows what a snapshot holds, and no value of a variable."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from constructs_lib.bundling import Architecture, Start, lambda_environment, place
from constructs_lib.bundling.starts import obstacle
from tests import builds
from thaw_cli.main import main

HANDLER = """
import os
from snapshot_restore_py import register_after_restore, register_before_snapshot
LEVEL = os.environ["LEVEL"]

@register_before_snapshot
def close():
    pass

@register_after_restore
def open_again():
    pass

def handle(event, context):
    return LEVEL
"""


def inspected(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["inspect", str(folder), *options])


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if (reason := obstacle(Architecture.X86_64)) is not None:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("inspected")
    artifact = builds.built(
        builds.function(folder / "function", handler=HANDLER),
        start=Start.SNAPSHOT,
        initialize_at_build_time=True,
        environment={"LEVEL": "secret-level"},
    )
    place(artifact, folder / "out")
    return folder / "out"


def test_variables_are_shown_with_the_line_that_reads_them(out: Path) -> None:
    lines = [line.split() for line in inspected(out).stdout.splitlines()]
    assert ["LEVEL", "│", "/var/task/handler.py:4"] in lines


def test_no_value_is_shown(out: Path) -> None:
    assert "secret-level" not in inspected(out, "--modules").stdout + inspected(out, "--json").stdout


def test_hooks_are_shown_by_name(out: Path) -> None:
    hooks = json.loads(inspected(out, "--json").stdout)["hooks"]
    assert hooks == {"before": ["handler.close"], "after": ["handler.open_again"]}


def test_modules_are_listed_with_their_files(out: Path) -> None:
    assert "/var/task/handler.py" in inspected(out, "--modules").stdout
    assert "/var/task/handler.py" not in inspected(out).stdout.replace("handler.py:", "")


def test_the_processor_that_is_needed_is_named(out: Path) -> None:
    assert lambda_environment.processor() in inspected(out).stdout


def test_what_was_left_out_is_shown_with_the_reason(tmp_path: Path) -> None:
    artifact = builds.built(builds.function(tmp_path / "function"), start=Start.SNAPSHOT)
    report = {**(artifact.snapshot or {}), "not_preloaded": {"noisy": "leaves a thread running: 'worker'"}}
    place(artifact, tmp_path / "out")
    (tmp_path / "out" / "thaw" / "snapshot.json").write_text(json.dumps(report))
    assert "leaves a thread running: 'worker'" in inspected(tmp_path / "out").stdout


@pytest.mark.parametrize("holds", ["nothing", "a portable start"])
def test_a_folder_without_a_snapshot_is_a_mistake_with_a_way_out(tmp_path: Path, holds: str) -> None:
    if holds == "a portable start":
        place(builds.built(builds.function(tmp_path / "function")), tmp_path / "out")
    result = inspected(tmp_path / "out")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("THAW083: ")
