"""What an asynchronous generator gives comes item by item, and the generator is always left."""

import asyncio
from collections.abc import AsyncIterator
from contextvars import ContextVar

import pytest
from thaw_runtime.asynchronous import Items, run

pytestmark = pytest.mark.usefixtures("fresh_loop")
VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")


def test_what_an_invocation_streams_sees_the_context_variables_of_its_handler() -> None:
    async def items() -> AsyncIterator[str]:
        yield VARIABLE.get()

    async def handler() -> AsyncIterator[str]:
        VARIABLE.set("of the handler")
        return items()

    assert list(Items(run(handler()))) == ["of the handler"]


async def numbers(left: list[str]) -> AsyncIterator[int]:
    try:
        for number in range(3):
            await asyncio.sleep(0)
            yield number
    finally:
        await asyncio.sleep(0)
        left.append(str(asyncio.current_task() is not None))


def test_items_come_as_they_are_made() -> None:
    left: list[str] = []
    items = Items(numbers(left))
    assert ([next(items), next(items)], left) == ([0, 1], [])
    assert (list(items), left) == ([2], ["True"])


@pytest.mark.parametrize("taken", [0, 1, 3])
def test_a_generator_that_is_not_taken_to_its_end_is_left_when_it_is_closed(taken: int) -> None:
    left: list[str] = []
    items = Items(numbers(left))
    for _ in range(taken):
        next(items)
    items.close()
    assert left == (["True"] if taken else [])


def test_closing_twice_is_closing() -> None:
    left: list[str] = []
    items = Items(numbers(left))
    next(items)
    items.close()
    items.close()
    assert left == ["True"]


def test_a_time_limit_around_a_generators_items_is_left_in_the_task_that_entered_it() -> None:
    async def limited() -> AsyncIterator[int]:
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            yield await group.create_task(asyncio.sleep(0, 1))
            yield await group.create_task(asyncio.sleep(0, 2))

    assert list(Items(limited())) == [1, 2]


def test_a_wait_for_an_item_that_is_interrupted_ends_with_the_generator_left() -> None:
    left: list[str] = []

    async def waiting() -> AsyncIterator[int]:
        try:
            yield 1
            asyncio.get_running_loop().call_soon(interrupt)
            await asyncio.Event().wait()
        finally:
            left.append("left")

    def interrupt() -> None:
        raise KeyboardInterrupt

    items = Items(waiting())
    next(items)
    with pytest.raises(KeyboardInterrupt):
        next(items)
    items.close()
    assert left == ["left"]


def test_an_iterable_without_a_way_to_close_it_gives_its_items() -> None:
    class Two:
        def __init__(self) -> None:
            self.left = 2

        def __aiter__(self) -> "Two":
            return self

        async def __anext__(self) -> int:
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            return self.left

    assert list(Items(Two())) == [1, 0]
