"""When the process ends, everything on the loop is left in order."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from thaw_runtime.asynchronous import run, run_at_end
from thaw_runtime.event_loop import end

pytestmark = pytest.mark.usefixtures("fresh_loop")


def test_what_still_runs_at_the_end_of_the_process_leaves_its_blocks() -> None:
    left: list[str] = []
    kept = []

    async def background() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            left.append("task")

    async def items() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            left.append("generator")

    async def handler() -> None:
        kept.append(asyncio.create_task(background()))
        generator = items()
        kept.append(generator)  # type: ignore[arg-type]
        await anext(generator)
        await asyncio.sleep(0)

    run(handler())
    end()
    assert left == ["task", "generator"]


def test_what_is_to_be_awaited_at_the_end_is_awaited_at_once_where_nothing_runs() -> None:
    ended: list[str] = []

    async def close() -> None:
        await asyncio.sleep(0)
        ended.append("closed")

    run_at_end(close())
    assert ended == ["closed"]


def test_what_is_to_be_awaited_at_the_end_is_awaited_after_a_handler_that_was_interrupted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended: list[str] = []

    async def fail() -> None:
        raise LookupError("while closing")

    async def close() -> None:
        ended.append("closed")

    def interrupt() -> None:
        run_at_end(fail())
        run_at_end(close())
        raise SystemExit

    async def handler() -> None:
        asyncio.get_running_loop().call_soon(interrupt)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("left")

    with pytest.raises(SystemExit):
        run(handler())
    end()
    assert ended == ["left", "closed"]
    assert "[ERROR] LookupError: while closing" in capsys.readouterr().out
