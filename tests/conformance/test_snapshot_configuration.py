"""A configuration that is asked for when a module is imported, in every way a function can start."""

import json
from pathlib import Path

import pytest
from initialised import from_code, take_up
from runtime_api import RuntimeApi, Start

from constructs_lib.bundling import Artifact, ThawError

LOADS = """
from dataclasses import dataclass
from thaw_runtime.config import Secret, load

@dataclass(frozen=True)
class Settings:
    level: str
    password: Secret[str]
    retries: int = 3

SETTINGS = load(Settings)
"""
# What only the deployment knows.
UNKNOWN = {"THAW_CONFIG__level": None, "THAW_CONFIG_SECRETS": None}
BASE = '{"password": "hunter2", "level": "packaged"}'
SHOWN = "result = [repr(SETTINGS), len(SETTINGS.password.reveal())]"
EXPECTED = ["Settings(level='of the environment', password=Secret(hidden), retries=3)", 7]


@pytest.fixture(scope="session")
def at_build_time(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    folder = tmp_path_factory.mktemp("configured") / "function"
    folder.mkdir()
    (folder / "config.json").write_text(BASE)
    return from_code(folder, LOADS, environment=UNKNOWN)


@pytest.fixture(scope="session")
def at_start(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    folder = tmp_path_factory.mktemp("configured") / "function"
    folder.mkdir()
    (folder / "config.json").write_text(BASE)
    return from_code(folder, LOADS, environment=UNKNOWN, initialize_at_build_time=False)


@pytest.mark.parametrize("level", ["at_build_time", "at_start"])
def test_each_environment_has_its_own_values(level: str, request: pytest.FixtureRequest) -> None:
    artifact = request.getfixturevalue(level)
    taken = take_up(artifact, SHOWN, THAW_CONFIG__level="of the environment")
    assert taken.result == EXPECTED
    assert taken.err == ""


def test_a_portable_start_has_them_too(start: Start, api: RuntimeApi, tmp_path: Path) -> None:
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "config.json").write_text(BASE)
    code = f"{LOADS}\ndef handle(event, context):\n    {SHOWN}\n    return result\n"
    start(code, THAW_CONFIG__level="of the environment")
    assert json.loads(api.invoke().body) == EXPECTED


def test_no_file_and_no_variable_of_the_configuration_is_in_the_image(at_build_time: Artifact) -> None:
    image = (at_build_time.root / "bootstrap").read_bytes()
    assert b"hunter2" not in image
    assert at_build_time.snapshot is not None
    assert not [name for name in at_build_time.snapshot["environment"] if name.startswith("THAW_CONFIG")]


def test_the_snapshot_names_the_hook_that_reads(at_build_time: Artifact) -> None:
    assert at_build_time.snapshot is not None
    assert at_build_time.snapshot["hooks"]["after"] == ["thaw_runtime.config._Environment._fill"]


def test_code_that_uses_a_value_at_build_time_is_refused_with_its_line(tmp_path: Path) -> None:
    code = f"{LOADS}RETRIES = SETTINGS.retries\n"
    with pytest.raises(ThawError, match=r"not known while a snapshot is made") as caught:
        from_code(tmp_path / "function", code, environment=UNKNOWN)
    assert "THAW015" in str(caught.value)
    assert f"/var/task/handler.py:{code.count(chr(10))}" in str(caught.value)


def test_what_cannot_be_read_after_the_restore_is_an_error_of_the_invocation(at_build_time: Artifact) -> None:
    taken = take_up(at_build_time, SHOWN, THAW_CONFIG__retries="many")
    assert taken.error["errorType"] == "ConfigError"
    assert (
        "retries (environment variable THAW_CONFIG__retries): must be a whole number"
        in taken.error["errorMessage"]
    )
