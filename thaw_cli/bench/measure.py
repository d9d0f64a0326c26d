"""Times execution environments from outside: exec to first response, then warm round trips.

Runs of all cases are interleaved and their order rotates, so that a machine that drifts drifts for all of them alike.
"""

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar

from constructs_lib.bundling.runtime_api import RuntimeApi

WARM_INVOCATIONS_BEFORE_MEASURING = 20
EVENT = b'{"key1": "value1", "key2": "value2", "key3": "value3"}'

_T = TypeVar("_T")


@dataclass(frozen=True)
class Case:
    """One way to start one handler.

    Attributes:
        name: what the result is called.
        command: the program, absolute, and its arguments.
        environment: the whole environment, without ``AWS_LAMBDA_RUNTIME_API``, which the measurement adds.
        folder: the working folder, as Lambda makes it the task root.
    """

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str]
    folder: Path


@dataclass
class Samples:
    """Raw samples of one case, in milliseconds, in the order of measurement."""

    cold_ms: list[float] = field(default_factory=list)
    warm_ms: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
    """One environment from its start to its end.

    Attributes:
        cold_ms: exec to first response.
        warm_ms: the round trips after that, the first of which warm it up.
        resident_bytes: memory that the process had at its last response, shared pages included.
        response: to the last invocation.
        executable: what answered, which is not what was started where a snapshot fell back on the portable start.
    """

    cold_ms: float
    warm_ms: list[float]
    resident_bytes: int
    response: str
    executable: str


class Environment:
    """One started execution environment; a context manager that ends the process it started."""

    def __init__(self, case: Case, api: RuntimeApi) -> None:
        self._api = api
        self.response = b""
        command = [os.fspath(part) for part in case.command]
        environment = {**case.environment, "AWS_LAMBDA_RUNTIME_API": api.address}
        with chdir(case.folder):  # posix_spawn has no argument for it
            self._started = time.monotonic_ns()
            # posix_spawn: the shortest way from here to exec; a fork would copy this process's page tables first.
            self.pid = os.posix_spawn(command[0], command, environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # The process ends before the connection does: a runtime that is hung up on may connect again.
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self._api.hang_up()

    def first_response(self) -> float:
        """Serves the first invocation; returns milliseconds from exec to the end of its response."""
        self._api.await_next()
        self.response, _ = self._api.invoke(EVENT)
        return (time.monotonic_ns() - self._started) / 1e6

    def round_trip(self) -> float:
        """Serves one more invocation; returns milliseconds from event sent to response received."""
        self._api.await_next()
        self.response, nanoseconds = self._api.invoke(EVENT)
        return nanoseconds / 1e6

    def executable(self) -> str:
        """The file that the process executes by now."""
        return str(Path(f"/proc/{self.pid}/exe").readlink())

    def resident_bytes(self) -> int:
        """Memory of the process, shared pages included (proc_pid_smaps(5); VmRSS of ``status`` is an approximation)."""
        rollup = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return next(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Rss:"))


def measure(
    cases: Sequence[Case],
    *,
    cold: int,
    warm: int,
    start: Callable[[Case, int], Run] | None = None,
    progress: Callable[[], None] = lambda: None,
) -> dict[str, Samples]:
    """Starts every case ``cold`` times, interleaved, then measures ``warm`` round trips of each.

    Warm round trips come in ten blocks per case, again interleaved; each block has an environment of its own and its
    first invocations are not counted.

    Args:
        cases: what to compare; names are unique.
        cold: starts of each case.
        warm: counted round trips of each case.
        start: runs one environment of a case with so many invocations. Default: here, see ``run``.
        progress: called after each start and each block.

    Raises:
        UnexpectedRequestError: a runtime reported an error or hung up.
        TimeoutError: a runtime did not answer.
    """
    samples = {case.name: Samples() for case in cases}
    with RuntimeApi() as api:
        start = start or (lambda case, invocations: run(case, api, invocations=invocations))
        for turn in range(cold):
            for case in rotated(cases, turn):
                samples[case.name].cold_ms.append(start(case, 1).cold_ms)
                progress()
        for turn, block in enumerate(_blocks(warm)):
            for case in rotated(cases, turn):
                warmed = start(case, 1 + WARM_INVOCATIONS_BEFORE_MEASURING + block).warm_ms
                samples[case.name].warm_ms.extend(warmed[WARM_INVOCATIONS_BEFORE_MEASURING:])
                progress()
    return samples


def run(case: Case, api: RuntimeApi, *, invocations: int) -> Run:
    """Starts an environment, serves so many invocations, and tells all that can be told of it from outside."""
    with Environment(case, api) as environment:
        cold = environment.first_response()
        warm = [environment.round_trip() for _ in range(invocations - 1)]
        return Run(
            cold,
            warm,
            environment.resident_bytes(),
            environment.response.decode(),
            environment.executable(),
        )


def rotated(cases: Sequence[_T], turn: int) -> Sequence[_T]:
    """The same in the same order, beginning with another one each turn."""
    first = turn % len(cases)
    return [*cases[first:], *cases[:first]]


def _blocks(total: int, blocks: int = 10) -> list[int]:
    return [total // blocks + (1 if index < total % blocks else 0) for index in range(min(blocks, total))]
