"""Cases are measured where their artifact is /var/task."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from constructs_lib.bundling import Start, inside
from tests import builds
from thaw_cli.bench.cases import artifact_case, awslambdaric_case
from thaw_cli.bench.station import (
    AWSLAMBDARIC_FOLDER,
    AWSLAMBDARIC_VARIABLES,
    MOUNT_POINT,
    Station,
    StationError,
    equip,
)

HANDLER = (
    "calls = 0\ndef handle(event, context):\n    global calls\n    calls += 1\n    return [__file__, calls]\n"
)
BROKEN = "def handle(event, context):\n    return 1 / 0\n"


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    folder = builds.function(tmp_path_factory.mktemp("source"), handler=HANDLER, broken=BROKEN)
    scratch = tmp_path_factory.mktemp("scratch")
    probe = inside.command("start", folder, scratch)
    if subprocess.run(probe, check=False, capture_output=True).returncode:
        pytest.skip("user namespaces are refused here")
    artifact = builds.built(folder, start=Start.PORTABLE)
    equip(scratch, artifact.root)
    with Station(artifact.root, scratch) as station:
        yield station


def test_the_artifact_is_where_lambda_has_it(station: Station) -> None:
    run = station.run(artifact_case("ours", MOUNT_POINT, "handler.handle"))
    assert json.loads(run.response) == ["/var/task/handler.py", 1]


def test_each_run_is_one_environment_that_serves_all_its_invocations(station: Station) -> None:
    run = station.run(artifact_case("ours", MOUNT_POINT, "handler.handle"), invocations=3)
    assert (json.loads(run.response)[1], len(run.warm_ms)) == (3, 2)


def test_awslambdaric_starts_there_too(station: Station) -> None:
    case = awslambdaric_case(
        MOUNT_POINT, "handler.handle", AWSLAMBDARIC_VARIABLES, client=AWSLAMBDARIC_FOLDER
    )
    assert json.loads(station.run(case).response) == ["/var/task/handler.py", 1]


def test_the_memory_of_an_environment_is_told(station: Station) -> None:
    run = station.run(artifact_case("ours", MOUNT_POINT, "handler.handle"))
    assert 1e6 < run.resident_bytes < 100e6


def test_a_runtime_that_reports_an_error_is_named_and_the_next_one_runs(station: Station) -> None:
    with pytest.raises(StationError, match=r"ours: (?s:.*)ZeroDivisionError"):
        station.run(artifact_case("ours", MOUNT_POINT, "broken.handle"))
    assert station.run(artifact_case("ours", MOUNT_POINT, "handler.handle")).cold_ms > 0


def test_a_folder_that_cannot_be_entered_is_told(tmp_path: Path) -> None:
    with (
        Station(tmp_path / "absent", tmp_path) as station,
        pytest.raises(StationError, match="cannot be entered"),
    ):
        station.run(artifact_case("ours", MOUNT_POINT, "handler.handle"))
