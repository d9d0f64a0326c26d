"""Asynchronous hooks and handlers of a snapshot share one loop, made when the environment starts."""

import json
from typing import Any

import pytest
from initialised import environment, initialised
from runtime_api import RuntimeApi

from constructs_lib.bundling import Artifact
from tests import builds

CODE = """
import asyncio
from snapshot_restore_py import register_after_restore, register_before_snapshot
from thaw_runtime import after

calls, loops = [], []
started = asyncio.Event()

async def note(name):
    await asyncio.sleep(0)
    calls.append(name)
    loops.append(asyncio.get_running_loop())

register_before_snapshot(note, "before")
register_after_restore(note, "after")
after.register(note, "response")

async def handle(event, context):
    await note(event)
    return {"calls": calls, "loops": len(set(loops[1:])), "is new": loops[0] is not loops[1]}
"""
SNAP_START = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return initialised(builds.function(tmp_path_factory.mktemp("hooks"), handler=CODE))


def answer(api: RuntimeApi, event: str) -> Any:
    report = api.invoke(json.dumps(event).encode())
    assert report.path.endswith("/response"), report.body
    return json.loads(report.body)


def test_hooks_are_awaited_and_what_follows_responses_runs_at_no_build(
    artifact: Artifact, api: RuntimeApi
) -> None:
    with environment(artifact, api):
        assert answer(api, "first")["calls"] == ["before", "after", "first"]
        assert answer(api, "second")["calls"] == ["before", "after", "first", "response", "second"]


def test_all_of_an_environment_is_awaited_on_one_loop_that_is_not_the_builds(
    artifact: Artifact, api: RuntimeApi
) -> None:
    with environment(artifact, api):
        answer(api, "first")
        second = answer(api, "second")
    assert (second["loops"], second["is new"]) == (1, True)


def test_hooks_around_lambdas_own_snapshot_are_awaited_too(artifact: Artifact, api: RuntimeApi) -> None:
    with environment(artifact, api, **SNAP_START):
        assert api.await_call() == "restore/next"
        api.restore()
        assert answer(api, "first")["calls"] == ["before", "after", "before", "after", "first"]
