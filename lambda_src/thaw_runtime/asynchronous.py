"""Awaits what handlers, generators and other functions of the user's leave to be awaited.

One event loop serves all invocations of an execution environment: a client whose connections belong to the loop stays usable,
which ``asyncio.run`` in each invocation would end. The loop runs while an invocation does, so that a task that was not awaited
rests between two invocations, as the whole environment does, and is not cancelled: clients keep such tasks.

Importing ``asyncio`` takes longer than a whole cold start. This is imported when a handler is found to be asynchronous, or
something is to be awaited.
"""

from asyncio import CancelledError
from contextlib import suppress
from types import CoroutineType

from thaw_runtime.event_loop import kept, new_task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
    from typing import Any, Self


def runner(handler: "Callable[[Any, Any], Any]") -> "Callable[[Any, Any], Any]":
    """An asynchronous handler as one that returns its result."""

    def run_handler(event: "Any", context: "Any") -> "Any":
        result = handler(event, context)
        return run(result) if hasattr(type(result), "__await__") else result

    return run_handler


def run(awaitable: "Awaitable[Any]") -> "Any":
    """Awaits a coroutine, or anything else that can be awaited, as part of the present invocation.

    Raises:
        BaseException: whatever it raises.
    """
    coroutine = awaitable if isinstance(awaitable, CoroutineType) else _awaited(awaitable)
    return new_task().begin(coroutine).wait()


def run_at_end(awaitable: "Awaitable[Any]") -> None:
    """Awaits something before the process ends: now, or, where a coroutine was interrupted, when that has been left.

    Raises:
        BaseException: whatever it raises, where it is awaited now; it is logged otherwise.
    """
    if kept.own is not None and kept.own.is_running():
        kept.last.append(awaitable)
    else:
        run(awaitable)


class Items:
    """An iterator over what an asynchronous iterable gives; an item is made when it is asked for.

    One task makes all items and closes the iterable: what it enters, a time limit or a group of tasks, has to be left in the
    same task.
    """

    __slots__ = ("_made", "_task", "_wanted")

    def __init__(self, iterable: "AsyncIterable[Any]") -> None:
        self._made: list[Any] = []
        self._task = new_task()
        self._wanted = self._task.loop.create_future()
        self._task.begin(self._make(aiter(iterable)))

    def __iter__(self) -> "Self":
        return self

    def __next__(self) -> "Any":
        self._continue(wanted=True)
        self._task.wait(self._made)
        if self._made:
            return self._made.pop()
        raise StopIteration

    def close(self) -> None:
        """Has the iterable leave its ``with`` and ``finally`` blocks.

        Raises:
            BaseException: whatever it raises there.
        """
        if self._task.is_done:
            return
        if not self._wanted.done():
            self._continue(wanted=False)
            self._task.wait()
            return
        # Something other than the iterable has ended the wait for its next item, and is what is to be told.
        self._task.cancel()
        with suppress(CancelledError):
            self._task.wait()

    def _continue(self, *, wanted: bool) -> None:
        if not self._wanted.done():
            self._task.call(self._wanted.set_result, wanted)

    async def _make(self, items: "AsyncIterator[Any]") -> None:
        try:
            while await self._wanted:
                item = await anext(items)
                self._wanted = self._task.loop.create_future()
                self._made.append(item)
                self._task.hand_over()
        except StopAsyncIteration:
            pass
        finally:
            if (close := getattr(items, "aclose", None)) is not None:
                await close()


async def _awaited(awaitable: "Awaitable[Any]") -> "Any":
    return await awaitable
