"""What a runtime does around its invocations: Lambda's own snapshots, a wrapper in front, work after a response, the end."""

import json
import os
import signal
from pathlib import Path

import pytest
from runtime_api import RuntimeApi, Start

ECHO = "def handle(event, context): return event\n"
SNAP_START = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
HOOKS = """
import random
from snapshot_restore_py import register_after_restore, register_before_snapshot
calls = []
random.seed(1)
mine, theirs = random.Random(1), random.Random()
drawn = theirs.getstate()
for name in "ab":
    register_before_snapshot(calls.append, "before " + name)
    register_after_restore(calls.append, "after " + name)
def handle(event, context):
    return [calls, mine.random() == random.Random(1).random(), theirs.getstate() == drawn]
"""


def test_hooks_run_around_lambdas_snapshot_and_the_first_event_is_asked_for_after_them(
    start: Start, api: RuntimeApi
) -> None:
    start(HOOKS, **SNAP_START)
    assert api.await_call() == "restore/next"
    api.restore()
    calls = json.loads(api.invoke().body)[0]
    assert calls == ["before b", "before a", "after a", "after b"]


def test_copies_draw_other_random_numbers_except_from_a_seed_in_the_code(
    start: Start, api: RuntimeApi
) -> None:
    start(HOOKS, **SNAP_START)
    api.restore()
    assert json.loads(api.invoke().body)[1:] == [True, False]


def test_a_function_without_hooks_waits_for_the_restore_too(start: Start, api: RuntimeApi) -> None:
    start(ECHO, **SNAP_START)
    assert api.await_call() == "restore/next"
    api.restore()
    assert api.invoke(b"1").body == b"1"


HOOKS_THAT_FAIL = {
    "before_snapshot": ("init/error", "Runtime.BeforeSnapshotError", 64),
    "after_restore": ("restore/error", "Runtime.AfterRestoreError", 65),
}


@pytest.mark.parametrize("error", ["ValueError('no')", "SystemExit(3)"])
@pytest.mark.parametrize("moment", HOOKS_THAT_FAIL)
def test_a_hook_that_fails_is_reported_and_ends_the_process_with_its_status(
    start: Start, api: RuntimeApi, moment: str, error: str
) -> None:
    path, error_type, status = HOOKS_THAT_FAIL[moment]
    code = f"from snapshot_restore_py import register_{moment}\n@register_{moment}\ndef hook():\n    raise {error}\n"
    environment = start(code + ECHO, **SNAP_START)
    api.restore()
    report = api.await_report()
    assert (report.path, report.headers["Lambda-Runtime-Function-Error-Type"]) == (path, error_type)
    assert json.loads(report.body)["errorType"] == error.partition("(")[0]
    assert environment.exit_status() == status


SHUTDOWN = """
import atexit
from thaw_runtime import shutdown
shutdown.register(print, "first")
@shutdown.register
def fails(): raise ValueError("no")
shutdown.register(print, "last")
atexit.register(print, "exit")
def handle(event, context): return event
"""


def test_a_function_that_registers_for_the_end_is_an_extension_without_events(
    start: Start, api: RuntimeApi
) -> None:
    start(SHUTDOWN)
    assert [api.await_call(), api.await_call()] == [
        "/2020-01-01/extension/register",
        "/2020-01-01/extension/event/next",
    ]
    assert api.invoke(b"1").body == b"1"


def test_at_the_end_what_was_registered_runs_last_first_and_the_process_exits_with_0(
    start: Start, api: RuntimeApi
) -> None:
    environment = start(SHUTDOWN)
    api.invoke()
    os.kill(environment.pid, signal.SIGTERM)
    assert environment.exit_status() == 0
    lines = environment.output()[0].split("\n")[:-1]
    assert [line.split(":")[0] for line in lines] == ["last", "[ERROR] ValueError", "first", "exit"]


def test_a_signal_in_the_midst_of_an_invocation_ends_it(start: Start, api: RuntimeApi) -> None:
    code = "import signal\n" + SHUTDOWN.replace("return event", "signal.raise_signal(signal.SIGTERM)")
    environment = start(code)
    api.send()
    assert environment.exit_status() == 0
    assert api.silent


def test_where_no_extension_can_be_registered_a_line_says_so_and_events_are_served(
    start: Start, api: RuntimeApi
) -> None:
    api.extensions_status = 404
    environment = start(SHUTDOWN)
    assert api.invoke(b"1").body == b"1"
    environment.__exit__()
    assert environment.output()[1].startswith("thaw_runtime: no SIGTERM will be sent at the end of")


def test_without_such_a_function_sigterm_ends_the_process_as_any(start: Start, api: RuntimeApi) -> None:
    environment = start(ECHO)
    api.invoke()
    os.kill(environment.pid, signal.SIGTERM)
    assert environment.exit_status() == -signal.SIGTERM


AFTER = """
from thaw_runtime import after
after.register(print, "every")
def fails(): raise ValueError("no")
def handle(event, context):
    if event:
        after.defer(fails)
        after.defer(print, "deferred")
    if event == 2:
        raise KeyError
    return event
"""


def test_what_is_deferred_runs_once_after_the_response_before_what_always_runs(
    start: Start, api: RuntimeApi
) -> None:
    environment = start(AFTER)
    for event in (b"1", b"0", b"2"):
        api.invoke(event)
    api.send(status=500)
    assert environment.exit_status() == 1
    lines = [line.partition("\r")[0].partition(":")[0] for line in environment.output()[0].split("\n")[:-1]]
    deferred = ["[ERROR] ValueError", "deferred", "every"]
    assert lines == [*deferred, "every", "[ERROR] KeyError", *deferred]


def test_a_response_is_delivered_before_what_comes_after_it_ends(start: Start, api: RuntimeApi) -> None:
    code = "import os\nfrom thaw_runtime import after\n"
    environment = start(
        code + "def handle(event, context):\n    after.defer(os._exit, 5)\n    return event\n"
    )
    assert api.invoke(b"1").body == b"1"
    assert environment.exit_status() == 5


PASSES_ON = '#!/bin/sh\nexport MINE=wrapped\necho "$@" >&2\nexec "$@"\n'
# As in AWS's documentation.
ADDS_OPTIONS = """#!/bin/bash
args=("$@")
extra_args=("-X" "importtime")
args=("${args[@]:0:$#-1}" "${extra_args[@]}" "${args[@]: -1}")
exec "${args[@]}"
"""
TELLS = (
    "import os\ndef handle(event, context): return [os.environ.get('MINE'), 'THAW_WRAPPED' in os.environ]\n"
)


def wrapper(folder: Path, text: str) -> str:
    path = folder / "wrapper"
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def test_a_wrapper_gets_the_command_line_and_changes_the_environment(
    start: Start, api: RuntimeApi, tmp_path: Path
) -> None:
    environment = start(TELLS, AWS_LAMBDA_EXEC_WRAPPER=wrapper(tmp_path, PASSES_ON))
    assert json.loads(api.invoke().body) == ["wrapped", False]
    environment.__exit__()
    program, *_, last = environment.output()[1].split()
    assert program.endswith("/thaw/bin/python3")
    assert "/thaw_runtime/__main__.py" in last


def test_a_wrapper_can_add_options_of_the_interpreter(start: Start, api: RuntimeApi, tmp_path: Path) -> None:
    environment = start(ECHO, AWS_LAMBDA_EXEC_WRAPPER=wrapper(tmp_path, ADDS_OPTIONS))
    assert api.invoke(b"1").body == b"1"
    environment.__exit__()
    assert "import time:" in environment.output()[1]


@pytest.mark.parametrize(
    ("name", "mode", "reason"),
    [("absent", None, "No such file"), ("file", 0o644, "Permission denied"), (".", None, "Permission")],
)
def test_a_wrapper_that_cannot_be_executed_is_one_line_and_status_1(
    start: Start, tmp_path: Path, name: str, mode: int | None, reason: str
) -> None:
    path = tmp_path / name
    if mode is not None:
        path.touch(mode)
    environment = start(ECHO, AWS_LAMBDA_EXEC_WRAPPER=str(path))
    assert environment.exit_status() == 1
    out, err = environment.output()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(
        f"thaw_runtime: AWS_LAMBDA_EXEC_WRAPPER is '{path}', which cannot be executed: {reason}"
    )


def test_an_empty_name_of_a_wrapper_is_none(start: Start, api: RuntimeApi) -> None:
    start(ECHO, AWS_LAMBDA_EXEC_WRAPPER="")
    assert api.invoke(b"1").body == b"1"
