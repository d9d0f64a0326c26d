"""Processes that serve invocations side by side, and the one that looks after them.

A worker that ends while it handles an invocation, by ``os._exit`` or for want of memory, takes that one with it and no other:
its failure is reported, and another fork of the process that imported the handler takes its place. Under AWS's own runtime
nobody answers the invocation and nobody takes the place.
"""

import os
import sys
from fcntl import F_GETFL, F_SETFL, F_SETOWN, F_SETSIG, fcntl
from mmap import mmap
from signal import SIGTERM, signal

from thaw_runtime.api import RuntimeApiError
from thaw_runtime.failure import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from thaw_runtime.api import RuntimeApi

# Request ids have 36 characters; the first byte of a place is the length of what follows, or says that nothing will.
PLACE = 256
IDLE = 255


class Hands:
    """What a worker has in its hands, where the process that looks after it can see it.

    Args:
        memory: shared by all of them.
        number: of the worker, from 0.
    """

    __slots__ = ("_memory", "_start")

    def __init__(self, memory: mmap, number: int) -> None:
        self._memory = memory
        self._start = number * PLACE
        self.give_up()

    def take(self, request_id: str) -> None:
        """An invocation has come."""
        name = request_id.encode()[: IDLE - 1]
        start = self._start + 1
        self._memory[start : start + len(name)] = name
        self._memory[self._start] = len(name)

    def let_go(self) -> None:
        """It has been answered; the worker goes on."""
        self._memory[self._start] = 0

    def give_up(self) -> None:
        """The worker has nothing to do, not yet or no more."""
        self._memory[self._start] = IDLE

    @property
    def at_work(self) -> bool:
        """Whether the worker has handled invocations and meant to go on."""
        return self._memory[self._start] != IDLE

    @property
    def request_id(self) -> str:
        """Of the invocation that has not been answered; empty where there is none."""
        start = self._start + 1
        return self._memory[start : start + self._memory[self._start]].decode(errors="replace")


def become_worker(count: int, api: "RuntimeApi") -> Hands:
    """Returns in each of as many forks of this process; this process looks after them, and ends.

    It ends with 1 when no worker is left, because the Runtime API is gone from all of them, and with 0 where a function has asked
    for SIGTERM (``shutdown``) and every worker has answered it. However it ends, no worker stays behind.

    Args:
        count: of workers.
        api: takes the report of what a worker had in its hands when it ended.
    """
    memory = mmap(-1, count * PLACE)
    parent = _Parent(api)
    for number in range(count):
        hands = Hands(memory, number)
        if parent.fork(hands):
            return hands
    if "thaw_runtime.shutdown" in sys.modules:
        signal(SIGTERM, parent.end)
    while parent.living:
        replaced = parent.replace()
        if replaced is not None:
            return replaced
    sys.exit(1)


class _Parent:
    """Looks after workers.

    Attributes:
        living: the workers, by the number of the process; of each what it has in its hands, and the end of a pipe that is
            closed when this process ends, however it does.
    """

    def __init__(self, api: "RuntimeApi") -> None:
        self.living: dict[int, tuple[Hands, int]] = {}
        self._api = api

    def fork(self, hands: Hands) -> bool:
        """Makes a worker; True in the worker."""
        reading, writing = os.pipe()
        parent, worker = os.getpid(), os.fork()
        if worker:
            os.close(reading)
            self.living[worker] = (hands, writing)
            return False
        for _, other in self.living.values():
            os.close(other)
        os.close(writing)
        if (shutdown := sys.modules.get("thaw_runtime.shutdown")) is not None:
            shutdown.answer()
        _end_with(parent, reading)
        return True

    def replace(self) -> Hands | None:
        """Waits until a worker has ended, and makes another where it had been at work; returns, in that one, its hands."""
        process, status = os.wait()
        if process not in self.living:
            return None  # a child of the handler's module
        hands, writing = self.living.pop(process)
        os.close(writing)
        if not hands.at_work:
            return None  # the Runtime API is gone, or a worker cannot even begin
        if hands.request_id:
            self._report(hands.request_id, status)
        hands.give_up()
        return hands if self.fork(hands) else None

    def end(self, _number: int, _frame: object) -> "NoReturn":
        """Answers SIGTERM: hands it on, and ends after the workers."""
        for process in self.living:
            os.kill(process, SIGTERM)
        for process in self.living:
            os.waitpid(process, 0)
        sys.exit(0)

    def _report(self, request_id: str, status: int) -> None:
        # In the words that Lambda itself has for a process that ends.
        code = os.waitstatus_to_exitcode(status)
        how = f"signal: {-code}" if code < 0 else f"exit status {code}"
        failure = Failure(
            "Runtime.ExitError",
            f"RequestId: {request_id} Error: Runtime exited with error: {how}",
            request_id,
            [],
        )
        failure.log()
        try:
            self._api.fail(request_id, failure)
        except (RuntimeApiError, OSError) as error:
            sys.stderr.write(f"thaw_runtime: {error}\n")


def _end_with(parent: int, pipe: int) -> None:
    """Has this process get SIGTERM when its parent has ended, the one at the other end of the pipe."""
    fcntl(pipe, F_SETOWN, os.getpid())
    fcntl(pipe, F_SETSIG, SIGTERM)
    fcntl(pipe, F_SETFL, fcntl(pipe, F_GETFL) | os.O_ASYNC)
    if os.getppid() != parent:
        os.kill(os.getpid(), SIGTERM)
