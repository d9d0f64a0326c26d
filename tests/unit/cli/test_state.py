"""What a detached cloud leaves on disk."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from thaw_cli.errors import CloudNotRunningError, NotLoopbackError
from thaw_cli.local.process import Process
from thaw_cli.local.state import CloudState

HERE = Process.of(os.getpid())
STATE = CloudState("http://127.0.0.1:4566", "eu-north-1", 5432, (HERE,))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def test_a_saved_state_is_loaded_as_it_was(tmp_path: Path) -> None:
    STATE.save(tmp_path)

    assert CloudState.load(tmp_path) == STATE


def test_saving_leaves_no_other_file_behind(tmp_path: Path) -> None:
    STATE.save(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["cloud.json"]


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    STATE.save(tmp_path)

    assert (tmp_path / "cloud.json").stat().st_mode & 0o077 == 0


def test_a_truncated_file_counts_as_no_cloud(tmp_path: Path) -> None:
    STATE.save(tmp_path)
    whole = (tmp_path / "cloud.json").read_bytes()

    for length in range(len(whole) - 2):  # without the last two there is a whole document still
        (tmp_path / "cloud.json").write_bytes(whole[:length])
        assert CloudState.load(tmp_path) is None


@given(content=st.binary(max_size=50) | JSON.map(lambda value: json.dumps(value).encode()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_garbage_counts_as_no_cloud(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cloud.json").write_bytes(content)

    assert CloudState.load(tmp_path) is None


@given(field=st.sampled_from(["endpoint", "region", "postgres_port"]), value=JSON)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_field_of_another_type_counts_as_no_cloud(tmp_path: Path, field: str, value: object) -> None:
    STATE.save(tmp_path)
    document = json.loads((tmp_path / "cloud.json").read_text())
    assume(type(value) is not type(document[field]))

    (tmp_path / "cloud.json").write_text(json.dumps({**document, field: value}))

    assert CloudState.load(tmp_path) is None


@pytest.mark.parametrize(
    "keepers", [[], {}, None, [{}], [{"pid": -1, "started": 1}], [{"pid": 1, "started": True}]]
)
def test_keepers_that_cannot_be_processes_count_as_no_cloud(tmp_path: Path, keepers: object) -> None:
    STATE.save(tmp_path)
    document = json.loads((tmp_path / "cloud.json").read_text())

    (tmp_path / "cloud.json").write_text(json.dumps({**document, "keepers": keepers}))

    assert CloudState.load(tmp_path) is None


def test_an_endpoint_on_another_machine_is_refused_although_the_file_names_it(tmp_path: Path) -> None:
    CloudState("http://example.com", "eu-north-1", 5432, (HERE,)).save(tmp_path)

    with pytest.raises(NotLoopbackError):
        _ = CloudState.find(tmp_path).aws


def test_a_cloud_with_a_dead_keeper_is_not_found(tmp_path: Path) -> None:
    CloudState("http://127.0.0.1:1", "eu-north-1", 1, (HERE, Process(HERE.pid, HERE.started - 1))).save(
        tmp_path
    )

    with pytest.raises(CloudNotRunningError, match="thaw cloud up"):
        CloudState.find(tmp_path)


def test_a_recycled_process_id_is_not_taken_for_the_process_and_not_killed() -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        try:
            taken = Process(other.pid, Process.of(other.pid).started - 1)
            taken.end()
            assert not taken.alive
            assert other.poll() is None
        finally:
            other.kill()


def test_ending_a_process_returns_when_it_is_gone() -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        process = Process.of(other.pid)

        process.end()

        assert not process.alive
    assert other.returncode == -signal.SIGTERM


def test_ending_a_process_that_has_ended_does_nothing() -> None:
    with subprocess.Popen(["true"]) as other:
        process = Process.of(other.pid)

    process.end()

    assert not process.alive
