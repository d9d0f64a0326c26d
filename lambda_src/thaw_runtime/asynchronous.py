"""What handlers leave to be awaited runs on one event loop, which every invocation of an execution environment finds again.

A client whose connections belong to the loop stays usable; ``asyncio.run`` in each invocation would end them. The loop runs
while an invocation does, so that a task that was not awaited rests between two invocations, as the whole environment does,
and is not cancelled: clients keep such tasks.

Importing ``asyncio`` takes longer than a whole cold start. This is imported when a handler is found to be asynchronous, or
has returned what must be awaited.
"""

import asyncio
import atexit
import threading
import warnings
from contextvars import copy_context
from types import CoroutineType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Coroutine
    from contextvars import Context
    from typing import Any, Self

# What tasks get to end in. Lambda kills a process half a second after it has asked it to end.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
END_SECONDS = 0.2


class _Kept(threading.local):
    """What a thread has for all of its invocations; a loop belongs to the thread that runs it.

    Made when the first invocation awaits something: the descriptors of a loop could be in no snapshot, and would be shared
    by processes that are forked.
    """

    loop: "asyncio.AbstractEventLoop | None" = None
    request_id: str | None = None
    context: "Context"


_kept = _Kept()


def runner(handler: "Callable[[Any, Any], Any]") -> "Callable[[Any, Any], Any]":
    """An asynchronous handler as one that returns its result."""

    def run_handler(event: "Any", context: "Any") -> "Any":
        result = handler(event, context)
        return run(result, context.aws_request_id) if is_awaitable(result) else result

    return run_handler


def is_awaitable(value: object) -> bool:
    """Whether a value is to be awaited."""
    return hasattr(type(value), "__await__")


def run(awaitable: "Awaitable[Any]", request_id: str) -> "Any":
    """Awaits something on the loop of this thread.

    Args:
        awaitable: a coroutine, or anything else that can be awaited.
        request_id: of the invocation that it is part of; all parts of one see each other's context variables, and no
            other invocation's.

    Raises:
        BaseException: whatever it raises.
    """
    coroutine = awaitable if isinstance(awaitable, CoroutineType) else _awaited(awaitable)
    loop = _loop()
    task = _started(coroutine, loop, request_id)
    _advance(loop, task, [])
    return task.result()


class Items:
    """An iterator over what an asynchronous iterable gives; an item is made when it is asked for.

    One task makes all items and closes the iterable: what it enters, a time limit or a group of tasks, has to be left in the same task.
    """

    __slots__ = ("_loop", "_made", "_task", "_wanted")

    def __init__(self, iterable: "AsyncIterable[Any]", request_id: str) -> None:
        self._made: list[Any] = []
        self._loop = _loop()
        self._wanted = self._loop.create_future()
        self._task = _started(self._make(aiter(iterable)), self._loop, request_id)

    def __iter__(self) -> "Self":
        return self

    def __next__(self) -> "Any":
        if not self._wanted.done():
            self._wanted.set_result(True)
        self._advance()
        if self._made:
            return self._made.pop()
        raise StopIteration

    def close(self) -> None:
        """Has the iterable leave its ``with`` and ``finally`` blocks.

        Raises:
            BaseException: whatever it raises there.
        """
        if self._task.done():
            return
        if self._wanted.done():
            # Something other than the iterable has ended the wait for its next item.
            self._task.cancel()
        else:
            self._wanted.set_result(False)
        self._advance()

    def _advance(self) -> None:
        _advance(self._loop, self._task, self._made)
        if not self._made:
            self._task.result()

    async def _make(self, items: "AsyncIterator[Any]") -> None:
        try:
            while await self._wanted:
                item = await anext(items)
                self._wanted = self._loop.create_future()
                self._made.append(item)
                self._loop.stop()
        except StopAsyncIteration:
            pass
        finally:
            if (close := getattr(items, "aclose", None)) is not None:
                await close()


async def _awaited(awaitable: "Awaitable[Any]") -> "Any":
    return await awaitable


def _started(
    coroutine: "Coroutine[Any, Any, Any]", loop: asyncio.AbstractEventLoop, request_id: str
) -> "asyncio.Task[Any]":
    if _kept.request_id != request_id:
        _kept.request_id, _kept.context = request_id, copy_context()
    task = loop.create_task(coroutine, context=_kept.context)
    task.add_done_callback(_stop)
    return task


def _stop(task: "asyncio.Task[Any]") -> None:
    task.get_loop().stop()


def _advance(loop: asyncio.AbstractEventLoop, task: "asyncio.Task[Any]", made: "list[Any]") -> None:
    """Runs the loop until the task has made something or has ended; ``run_until_complete`` would be in every stack trace."""
    try:
        while not (made or task.done()):
            loop.run_forever()
    finally:
        if task.done() and not task.cancelled():
            # What it raised is raised again, here or by the loop; it would otherwise be logged as lost besides.
            task.exception()


def _loop() -> asyncio.AbstractEventLoop:
    loop = _kept.loop
    if loop is None or loop.is_closed():
        _kept.loop = loop = _current() or asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        if threading.current_thread() is threading.main_thread():
            atexit.register(_end, loop)
    return loop


def _current() -> asyncio.AbstractEventLoop | None:
    """The loop that the handler's module has set, with which it may have made clients; a new one of its policy before CPython 3.14."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            loop = asyncio.get_event_loop()
        except RuntimeError:
            return None
    return None if loop.is_closed() else loop


def _end(loop: asyncio.AbstractEventLoop) -> None:
    if loop.is_closed():
        return
    task = loop.create_task(_leave(loop))
    task.add_done_callback(_stop)
    _advance(loop, task, [])
    loop.close()


async def _leave(loop: asyncio.AbstractEventLoop) -> None:
    """Has what still runs leave its ``with`` and ``finally`` blocks before the process ends."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=END_SECONDS)
    await loop.shutdown_asyncgens()
