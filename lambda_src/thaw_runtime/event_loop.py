"""Where coroutines run: on one event loop, which every invocation of an execution environment finds again.

It is made when the first invocation awaits something: its descriptors could be in no snapshot, and processes that are forked would
share them. In an environment that serves several invocations at a time in threads, the loop has a thread of its own, so that
all of them can use one client.
"""

import asyncio
import atexit
import threading
import warnings
from contextlib import suppress
from contextvars import ContextVar, copy_context
from queue import SimpleQueue

from thaw_runtime import logs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence
    from contextvars import Context
    from typing import Any, Self

    from thaw_runtime.api import Invocation

# What tasks get to end in. Lambda kills a process half a second after it has asked it to end.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
END_SECONDS = 0.2


class Kept:
    """What a process keeps from one invocation to the next.

    Attributes:
        own: the loop of the main thread, which runs while somebody waits for a task.
        shared: the loop of all other threads, which runs all the time; of the main thread too, once it is there.
        last: what is to be awaited before the process ends.
    """

    def __init__(self) -> None:
        self.own: asyncio.AbstractEventLoop | None = None
        self.shared: asyncio.AbstractEventLoop | None = None
        self.last: list[Awaitable[object]] = []
        self.lock = threading.Lock()


kept = Kept()


class _Invocation(threading.local):
    """The one that this thread has begun a task of, and its context variables."""

    handled: object = ()  # none
    context: "Context"


_invocation = _Invocation()
# The invocation that a task in the loop's own thread is part of.
_handled: "ContextVar[Invocation | None]" = ContextVar("_handled", default=None)


class _Current:
    """``logs.current`` for all threads: the loop's own handles several invocations at once, and knows by the task which it is."""

    def __init__(self, of_thread: "logs.Current") -> None:
        self._of_thread = of_thread

    @property
    def invocation(self) -> "Invocation | None":
        return _handled.get() or self._of_thread.invocation

    @invocation.setter
    def invocation(self, invocation: "Invocation | None") -> None:
        self._of_thread.invocation = invocation


def new_task() -> "Task":
    """A task of the present invocation, for this thread to begin and to wait for.

    All tasks of one invocation see each other's context variables, and no other invocation's.
    """
    # An event that Lambda sends again has the id that it had.
    if _invocation.handled is not logs.current.invocation:
        _invocation.handled, _invocation.context = logs.current.invocation, copy_context()
    is_main = threading.current_thread() is threading.main_thread()
    return (Task if is_main and kept.shared is None else TaskOfThread)(_invocation.context)


class Task:
    """A coroutine on the loop of the main thread, which runs while ``wait`` does.

    ``run_until_complete`` would be part of every stack trace, and takes longer.

    Attributes:
        loop: where it runs.
    """

    __slots__ = ("_context", "_task", "loop")

    def __init__(self, context: "Context") -> None:
        self._context = context
        self.loop = self._find_loop()

    def begin(self, coroutine: "Coroutine[Any, Any, Any]") -> "Self":
        """Has the coroutine run as soon as the loop does."""
        self._task = self.loop.create_task(coroutine, context=self._context)
        self._task.add_done_callback(_stop)
        return self

    @property
    def is_done(self) -> bool:
        """Whether it has ended."""
        return self._task.done()

    def wait(self, made: "Sequence[object]" = ()) -> "Any":
        """Waits until the coroutine has put something into ``made`` and called ``hand_over``, or has ended; returns its result.

        Raises:
            BaseException: whatever the coroutine raises.
        """
        task = self._task
        try:
            while not (made or task.done()):
                self._go_on()
        finally:
            if task.done() and not task.cancelled():
                # What it raised is raised again, here or by the loop; it would otherwise be logged as lost besides.
                task.exception()
        return None if made else task.result()

    def hand_over(self) -> None:
        """For the coroutine: has ``wait`` return as soon as the coroutine waits itself."""
        self.loop.stop()

    def call(self, function: "Callable[..., object]", *arguments: "Any") -> None:
        """Calls a function that changes what the coroutine waits for."""
        function(*arguments)

    def cancel(self) -> None:
        """Has what the coroutine waits for raise CancelledError."""
        self.call(self._task.cancel)

    def _find_loop(self) -> asyncio.AbstractEventLoop:
        return _own_loop()

    def _go_on(self) -> None:
        self.loop.run_forever()


class TaskOfThread(Task):
    """A coroutine on the loop that has a thread of its own."""

    __slots__ = ("_signals",)

    def begin(self, coroutine: "Coroutine[Any, Any, Any]") -> "Self":
        """As of the superclass."""
        self._signals: SimpleQueue[asyncio.Task[Any]] = SimpleQueue()
        self._context.run(_handled.set, logs.current.invocation)
        self.loop.call_soon_threadsafe(self._begin, coroutine)
        self._task = self._signals.get()
        return self

    def hand_over(self) -> None:
        """As of the superclass."""
        self._signals.put(self._task)

    def call(self, function: "Callable[..., object]", *arguments: "Any") -> None:
        """As of the superclass."""
        self.loop.call_soon_threadsafe(function, *arguments)

    def _begin(self, coroutine: "Coroutine[Any, Any, Any]") -> None:
        task = self.loop.create_task(coroutine, context=self._context)
        task.add_done_callback(self._signals.put)
        self._signals.put(task)

    def _find_loop(self) -> asyncio.AbstractEventLoop:
        return _shared_loop()

    def _go_on(self) -> None:
        self._signals.get()


def _stop(task: "asyncio.Task[Any]") -> None:
    task.get_loop().stop()


def _own_loop() -> asyncio.AbstractEventLoop:
    loop = kept.own
    if loop is None or loop.is_closed():
        kept.own = loop = _current() or asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        atexit.register(end)
    return loop


def _current() -> asyncio.AbstractEventLoop | None:
    """The loop that the handler's module has set, with which it may have made clients; before CPython 3.14 else a new one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            loop = asyncio.get_event_loop()
        except RuntimeError:
            return None
    return None if loop.is_closed() else loop


def _shared_loop() -> asyncio.AbstractEventLoop:
    with kept.lock:
        if kept.shared is None:
            kept.shared = asyncio.new_event_loop()
            logs.current = _Current(logs.current)  # type: ignore[assignment]
            threading.Thread(target=_run, args=[kept.shared], name="event-loop", daemon=True).start()
            atexit.register(end)
    return kept.shared


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    while True:
        # What asks the process to end is raised by the loop besides; whoever waits for the task raises it where it counts.
        with suppress(SystemExit, KeyboardInterrupt):
            loop.run_forever()


def end() -> None:
    """Has what still runs leave its ``with`` and ``finally`` blocks, and awaits what was left for the end."""
    if kept.shared is not None:
        TaskOfThread(copy_context()).begin(_leave()).wait()
    if kept.own is not None and not kept.own.is_closed():
        Task(copy_context()).begin(_leave()).wait()
        kept.own.close()


async def _leave() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=END_SECONDS)
    while kept.last:
        try:
            await kept.last.pop(0)
        except Exception as error:  # noqa: BLE001 - the others are awaited all the same
            from thaw_runtime.failure import Failure

            Failure.of(error, request_id="").log()
    await asyncio.get_running_loop().shutdown_asyncgens()
