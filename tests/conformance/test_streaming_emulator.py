"""Handlers that stream under AWS's own Runtime Interface Emulator, which gathers a response and then passes it on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from one_emulator import Run, emulators

from tests import builds

CODE = """
import asyncio
from thaw_runtime.streaming import Response

calls = 0

def raw(event, context):
    yield "first"
    yield b"second"

def http(event, context):
    return Response(iter("ab"), status=201)

async def awaited(event, context):
    await asyncio.sleep(0)
    return event

async def generated(event, context):
    yield "first"
    await asyncio.sleep(0)
    yield b"second"

def nothing(event, context):
    return iter([])

def fails(event, context):
    yield "first"
    raise LookupError("x" * event)

def large(event, context):
    global calls
    calls += 1
    if calls == 2:
        return calls
    return "a" * 7_000_000 if event == "whole" else iter([b"a" * 1_000_000] * 7)
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return builds.built(
        builds.function(tmp_path_factory.mktemp("streaming"), handler=CODE), handler="handler.raw"
    ).root


@pytest.fixture
def run(root: Path, tmp_path: Path) -> Iterator[Run]:
    with emulators(root, tmp_path) as run:
        yield run


@pytest.mark.parametrize(
    ("function", "payload"),
    [
        ("raw", b"firstsecond"),
        ("http", b'{"statusCode": 201, "headers": {}, "cookies": []}' + bytes(8) + b"ab"),
        ("nothing", b""),
        ("awaited", b"{}"),
        ("generated", b"firstsecond"),
    ],
)
def test_what_is_streamed_is_passed_on_again_and_again(run: Run, function: str, payload: bytes) -> None:
    emulator = run(function)
    assert [emulator.invoke(b"{}").payload for _ in range(3)] == [payload] * 3


@pytest.mark.parametrize("length", [10, 100_000])
def test_what_came_before_a_failure_midway_is_passed_on_and_the_failure_is_logged(
    run: Run, length: int
) -> None:
    """However long its message is: the emulator refuses trailers that are longer than 4 KB."""
    answer = run("fails").invoke(b"%d" % length)
    assert answer.payload == b"first"
    assert "[ERROR] LookupError: " + "x" * length in answer.log


@pytest.mark.parametrize("form", [b'"whole"', b'"streamed"'])
def test_an_environment_goes_on_after_a_response_over_the_limit(run: Run, form: bytes) -> None:
    """The second call is answered by the process that was refused the first."""
    emulator = run("large")
    assert b"Function.ResponseSizeTooLarge" in emulator.invoke(form).payload
    assert emulator.invoke(form).payload == b"2"
