"""Cases are measured where their artifact is /var/task."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from constructs_lib.bundling import Recipe, Start, inside, oci
from tests import builds
from thaw_cli.bench.cases import artifact_case, awslambdaric_case, image_case
from thaw_cli.bench.station import (
    AWSLAMBDARIC_FOLDER,
    AWSLAMBDARIC_VARIABLES,
    MOUNT_POINT,
    ImageStation,
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


@pytest.fixture(scope="module")
def image_station(station: Station, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    folder = builds.function(tmp_path_factory.mktemp("source"), handler=HANDLER)
    recipe = Recipe(source=folder, handler="handler.handle", start=Start.PORTABLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_CACHE", str(builds.shared_cache()))
        image = oci.build_image(oci.ImageRecipe(function=recipe, emulator=False))
    root = tmp_path_factory.mktemp("image")
    shutil.copytree(image.root, root, symlinks=True, dirs_exist_ok=True)
    (root / "measuring").mkdir()
    equip(root / "measuring", station.root)
    with ImageStation(root, Path("/measuring")) as started:
        yield started


def test_an_image_is_started_by_its_entry(image_station: Station) -> None:
    run = image_station.run(image_case("image", "handler.handle"), invocations=2)
    assert json.loads(run.response) == ["/var/task/handler.py", 2]


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
