"""`thaw demo` as a user runs it: whole, twice at once, and killed in the middle."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.processes import await_none_concerned_with
from thaw_cli.demo.workspace import workspace

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, "-m", "thaw_cli", "demo", "--cold", "5", "--warm", "50"]
# As much of the service as a demo has deployed when it measures: the function that is measured.
PROBE_ALONE = f"""
import sys
from pathlib import Path

sys.path.insert(0, {str(ROOT)!r})

import aws_cdk as cdk
from constructs_lib import CustomRuntimeFunction

app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
stack = cdk.Stack(app, "probe")
source = Path({str(ROOT / "lambda_src" / "functions" / "probe")!r})
function = CustomRuntimeFunction(stack, "Probe", source=source, handler="handler.handle")
cdk.CfnOutput(stack, "ProbeFunction", value=function.function_name)
app.synth()
"""


@pytest.fixture(scope="module")
def probe_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the function that a demo measures, and none of those that it feeds."""
    folder = tmp_path_factory.mktemp("probe")
    (folder / "cdk.json").write_text(json.dumps({"app": f"{sys.executable} app.py"}))
    (folder / "app.py").write_text(PROBE_ALONE)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


def start(*arguments: str, project: Path = ROOT) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.Popen(
        [*DEMO, *arguments],
        cwd=project,
        env={**kept, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )


def await_line(demo: subprocess.Popen[str], beginning: str) -> None:
    assert demo.stderr is not None
    seen = []
    for line in demo.stderr:
        seen.append(line)
        if line.startswith(beginning):
            return
    raise AssertionError(f"the demo ended before {beginning!r}: {seen}")


def finish(demo: subprocess.Popen[str]) -> dict[str, Any]:
    out, errors = demo.communicate(timeout=300)
    assert demo.returncode == 0, errors
    document: dict[str, Any] = json.loads(out)
    return document


def folders(project: Path = ROOT) -> set[Path]:
    return set((project / ".thaw").glob("demo-*"))


def test_two_demos_at_once_measure_feed_and_leave_nothing_behind() -> None:
    before = folders()
    for document in [finish(demo) for demo in [start("--json"), start("--json")]]:
        snapshot, portable, theirs = document["measurement"]["results"]
        assert (len(snapshot["cold_ms"]), len(portable["cold_ms"]), len(theirs["warm_ms"])) == (5, 5, 50)
        assert (document["results"], document["samples"]) == (3, 3 * 55)
        assert sorted(reason["reason"] for reason in document["quarantined"]) == ["not-json", "unknown-field"]
    assert folders() <= before


SIGNALS = pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["SIGKILL", "Ctrl-C"])


@pytest.mark.parametrize("moment", ["starting an AWS", "building the functions"])
@SIGNALS
def test_no_process_survives_a_demo_that_is_ended(moment: str, number: signal.Signals) -> None:
    end_at(moment, number, ROOT)


@SIGNALS
def test_no_process_survives_a_demo_that_is_ended_while_it_measures(
    number: signal.Signals, probe_alone: Path
) -> None:
    end_at("measuring", number, probe_alone)


def end_at(moment: str, number: signal.Signals, project: Path) -> None:
    """Starts a demo, ends it at a moment, and fails where a process of it is left."""
    before = folders(project)
    demo = start(project=project)
    await_line(demo, moment)
    [folder] = folders(project) - before
    if number is signal.SIGINT:
        interrupt(demo)
    else:
        demo.kill()
    demo.communicate(timeout=60)
    await_none_concerned_with(folder)


def test_what_a_killed_demo_left_is_removed_by_the_next(tmp_path: Path) -> None:
    with workspace(tmp_path) as used:
        abandoned = tmp_path / "demo-abandoned"
        abandoned.mkdir()
        (abandoned / "in-use").touch()
        with workspace(tmp_path) as fresh:
            assert set(tmp_path.iterdir()) == {used, fresh}


def interrupt(demo: subprocess.Popen[str]) -> None:
    """What a terminal does: the signal goes to the whole foreground group."""
    os.killpg(os.getpgid(demo.pid), signal.SIGINT)
