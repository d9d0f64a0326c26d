"""What a runtime does around its invocations works after a snapshot of ours too."""

import json
from typing import Any

import pytest
from initialised import environment, from_code
from runtime_api import RuntimeApi

from constructs_lib.bundling import Artifact

CODE = """
import os
import random
from snapshot_restore_py import register_after_restore, register_before_snapshot
from thaw_runtime import after, shutdown
calls = []
mine, theirs = random.Random(1), random.Random()
drawn = theirs.random()
register_before_snapshot(calls.append, "before")
register_after_restore(calls.append, "after")
shutdown.register(print, "end")
after.register(print, "answered")
"""
# Where a snapshot is taken up in these tests there is nothing but the function.
WRAPPER = """#!/var/task/thaw/bin/python3
import os, sys
os.environ["MINE"] = "wrapped"
os.execv(sys.argv[1], [sys.argv[1], *{options}, *sys.argv[2:]])
"""
SNAP_START = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    folder = tmp_path_factory.mktemp("lifecycle")
    (folder / "wrapper").write_text(WRAPPER.format(options=[]))
    (folder / "slow").write_text(WRAPPER.format(options=["-X", "importtime"]))
    for name in ("wrapper", "slow"):
        (folder / name).chmod(0o755)
    return from_code(folder, CODE)


def result(api: RuntimeApi, code: str) -> Any:
    report = api.invoke(json.dumps(code).encode())
    assert report.path.endswith("/response"), report.body
    return json.loads(report.body)


def test_hooks_run_around_both_snapshots(artifact: Artifact, api: RuntimeApi) -> None:
    with environment(artifact, api, **SNAP_START):
        assert api.await_call().endswith("/register")
        assert api.await_call().endswith("/event/next")
        assert api.await_call() == "restore/next"
        api.restore()
        assert result(api, "result = calls") == ["before", "after", "before", "after"]


def test_copies_of_lambdas_snapshot_draw_other_numbers_than_what_it_took_up(
    artifact: Artifact, api: RuntimeApi
) -> None:
    code = "result = [mine.random() == random.Random(1).random(), theirs.getstate() == random.getstate()]"
    with environment(artifact, api, **SNAP_START):
        api.restore()
        assert result(api, code) == [True, False]


def test_a_worker_that_ends_is_replaced_by_a_fork_of_what_was_taken_up(
    artifact: Artifact, api: RuntimeApi
) -> None:
    with environment(artifact, api, AWS_LAMBDA_MAX_CONCURRENCY="1"):
        code = "result = [os.getpid(), theirs.random(), calls]; after.defer(os._exit, 3)"
        (process, number, calls), (other, another, _) = (result(api, code) for _ in range(2))
        assert process != other
        assert number != another
        assert calls == ["before", "after"]


def test_a_wrapper_changes_the_environment_of_the_snapshot(artifact: Artifact, api: RuntimeApi) -> None:
    with environment(artifact, api, AWS_LAMBDA_EXEC_WRAPPER="/var/task/wrapper") as started:
        code = "result = [os.environ.get('MINE'), calls, 'THAW_WRAPPED' in os.environ]"
        assert result(api, code) == ["wrapped", ["before", "after"], False]
        started.__exit__()
        assert started.output()[1] == ""


def test_a_wrapper_that_adds_options_gets_an_interpreter_in_place_of_the_snapshot(
    artifact: Artifact, api: RuntimeApi
) -> None:
    with environment(artifact, api, AWS_LAMBDA_EXEC_WRAPPER="/var/task/slow") as started:
        assert result(api, "result = calls") == []
        started.__exit__()
        assert "import time:" in started.output()[1]


def test_what_was_registered_at_build_time_runs_after_responses_and_at_the_end(
    artifact: Artifact, api: RuntimeApi
) -> None:
    with environment(artifact, api) as started:
        code = "import signal; after.defer(signal.raise_signal, signal.SIGTERM)"
        api.invoke(json.dumps(code).encode())
        assert started.exit_status() == 0
        assert started.output()[0] == "end\n"
