"""The artifact under AWS's own Runtime Interface Emulator."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from one_emulator import Run, emulators

from tests import builds
from thaw_cli.local.emulator import Emulator

CODE = """
import os

calls = 0

def echo(event, context):
    print("seen", event)
    return event

def count(event, context):
    global calls
    calls += 1
    return calls

def fails(event, context):
    return event["missing"]

def too_large(event, context):
    return "a" * event

def ends(event, context):
    os._exit(3)

def describes(event, context):
    return {
        "request": len(context.aws_request_id),
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "memory": context.memory_limit_in_mb,
        "time_left": 0 < context.get_remaining_time_in_millis() <= 20_000,
        "variable": os.environ.get("MINE"),
    }
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return builds.built(
        builds.function(tmp_path_factory.mktemp("emulated"), handler=CODE), handler="handler.echo"
    ).root


@pytest.fixture
def run(root: Path, tmp_path: Path) -> Iterator[Run]:
    with emulators(root, tmp_path) as run:
        yield run


def payload(emulator: Emulator, event: Any = None) -> Any:
    return json.loads(emulator.invoke(json.dumps(event).encode()).payload)


def test_the_response_is_the_handlers_result_and_the_log_has_what_it_printed(run: Run) -> None:
    answer = run("echo").invoke(b'{"a": "\xc3\xb6"}')
    assert json.loads(answer.payload) == {"a": "ö"}
    assert "seen {'a': 'ö'}\n" in answer.log


def test_an_environment_serves_many_invocations(run: Run) -> None:
    emulator = run("count")
    assert [payload(emulator) for _ in range(3)] == [1, 2, 3]


def test_an_error_has_type_message_and_stack(run: Run) -> None:
    told = payload(run("fails"), {})
    assert (told["errorType"], told["errorMessage"], len(told["stackTrace"])) == ("KeyError", "'missing'", 1)


def test_an_error_in_the_init_phase_is_reported(run: Run) -> None:
    assert payload(run("nowhere"))["errorType"] == "Runtime.HandlerNotFound"


def test_a_response_over_the_limit_is_an_error_and_the_environment_goes_on(run: Run) -> None:
    emulator = run("too_large")
    assert payload(emulator, 7 << 20)["errorType"] == "Function.ResponseSizeTooLarge"
    assert payload(emulator, 3) == "aaa"


def test_a_response_just_under_the_limit_arrives(run: Run) -> None:
    assert len(payload(run("too_large"), (6 << 20) - 2)) == (6 << 20) - 2


def test_the_context_describes_invocation_and_environment(run: Run) -> None:
    assert payload(run("describes", MINE="set", AWS_LAMBDA_FUNCTION_MEMORY_SIZE="128")) == {
        "request": 36,
        "arn": "arn:aws:lambda:us-east-1:012345678912:function:test_function",
        "name": "test_function",
        "memory": "128",
        "time_left": True,
        "variable": "set",
    }


def test_a_process_that_ends_is_an_error_of_the_invocation(run: Run) -> None:
    assert payload(run("ends"))["errorType"] == "Runtime.ExitError"
