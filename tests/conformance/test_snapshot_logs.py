"""A handler that imports ``logging`` at build time logs as the environment wants it that takes the snapshot up."""

import json
import re
from typing import Any

import pytest
from initialised import Taken, from_code, take_up

from constructs_lib.bundling import Artifact

CODE = """
import logging
import logging.handlers
root = logging.getLogger()
assert type(root.handlers[0]).__name__ == "LambdaLoggerHandler"
logging.basicConfig(level="DEBUG")
log = logging.getLogger("mine")
log.isEnabledFor(logging.DEBUG)
quiet = logging.getLogger("quiet")
quiet.setLevel("ERROR")
"""
LOGS = "log.debug('a debug'); log.warning('a warning'); quiet.warning('hidden')"
CHOSEN = "\nroot.setLevel(logging.WARNING)\n"


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return from_code(tmp_path_factory.mktemp("functions") / "logs", CODE)


@pytest.fixture(scope="module")
def chooses(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """One whose module sets the root's level, to the one that it has anyway."""
    return from_code(tmp_path_factory.mktemp("functions") / "chooses", CODE + CHOSEN)


def records(taken: Taken) -> list[Any]:
    assert taken.result is None
    return [json.loads(line) for line in taken.out.splitlines()]


def test_the_invocations_id_is_in_a_record(logs: Artifact) -> None:
    taken = take_up(logs, LOGS)
    assert taken.result is None
    assert re.fullmatch(r"\[WARNING\]\t[-0-9T:.]+Z\trequest-1\ta warning\n", taken.out)


def test_the_format_is_that_of_the_environment_that_takes_it_up(logs: Artifact) -> None:
    (record,) = records(take_up(logs, LOGS, AWS_LAMBDA_LOG_FORMAT="JSON"))
    assert (record["message"], record["requestId"]) == ("a warning", "request-1")


def test_the_level_is_that_of_the_environment_that_takes_it_up(logs: Artifact) -> None:
    taken = take_up(logs, LOGS, AWS_LAMBDA_LOG_FORMAT="JSON", AWS_LAMBDA_LOG_LEVEL="DEBUG")
    assert [record["message"] for record in records(taken)] == ["a debug", "a warning"]


def test_a_level_that_the_handler_has_set_stays(chooses: Artifact) -> None:
    taken = take_up(chooses, LOGS, AWS_LAMBDA_LOG_FORMAT="JSON", AWS_LAMBDA_LOG_LEVEL="DEBUG")
    assert [record["message"] for record in records(taken)] == ["a warning"]


def test_an_error_is_told_in_the_environments_format(logs: Artifact) -> None:
    taken = take_up(logs, "raise ValueError('no')", AWS_LAMBDA_LOG_FORMAT="JSON")
    assert taken.error["errorType"] == "ValueError"
    assert json.loads(taken.out)["errorMessage"] == "no"


def test_the_descriptor_is_that_of_the_environment_that_takes_it_up(logs: Artifact) -> None:
    code = "import os; reading, writing = os.pipe(); os.dup2(writing, 99)\n"
    code += f"{LOGS}\nresult = os.read(reading, 4096)[:4].hex()"
    taken = take_up(logs, code, _LAMBDA_TELEMETRY_LOG_FD="99", AWS_LAMBDA_LOG_LEVEL="TRACE")
    assert (taken.result, taken.out) == ("a55a000b", "")


def test_logging_that_is_imported_in_an_invocation_is_set_up(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    plain = from_code(tmp_path_factory.mktemp("functions") / "plain", "")
    taken = take_up(plain, "import logging; logging.warning('late')")
    assert (taken.result, taken.out.endswith("\trequest-1\tlate\n")) == (None, True)


def test_a_handler_that_is_imported_at_start_finds_logging_set_up(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("functions") / "imported"
    imported = from_code(folder, CODE, initialize_at_build_time=False)
    taken = take_up(imported, LOGS, AWS_LAMBDA_LOG_FORMAT="JSON", AWS_LAMBDA_LOG_LEVEL="DEBUG")
    assert [record["message"] for record in records(taken)] == ["a debug", "a warning"]
