"""The processes that are compared: AWS's runtime client on the interpreter of this environment, and what Thaw builds."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from tests.conformance.comparison.emulated import Api, Chapter
from tests.conformance.comparison.model import Scenario

DEADLINE_SECONDS = 15.0
TERMINATION_SECONDS = 1.0
# What every environment of Lambda has, as far as either runtime reads it.
VARIABLES = {
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "PATH": os.defpath,
    "AWS_REGION": "eu-central-1",
    "AWS_LAMBDA_FUNCTION_NAME": "compared",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/compared",
    "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/20/[$LATEST]0",
}
RUNNING, STUCK = "none: it waits for events", "none: it neither ends nor asks for events"


@dataclass(frozen=True)
class Told:
    """What one process did.

    Attributes:
        chapters: what it did with each event, after what it did before the first.
        ended: its exit status, negative for a signal; else ``RUNNING`` or ``STUCK``.
        connections: how many it made.
    """

    chapters: list[Chapter]
    ended: str
    connections: int


@dataclass(frozen=True)
class Side:
    """One of the two runtimes.

    Attributes:
        name: as it is printed.
        command: what is started; the handler's name is appended where ``names_handler``.
        names_handler: whether the handler is an argument, besides being a variable.
        task_root: where the process finds the function; None where that is its own folder.
    """

    name: str
    command: tuple[str, ...]
    names_handler: bool = False
    task_root: str | None = None

    def run(self, scenario: Scenario, folder: Path) -> Told:
        """Takes a process through a scenario; the function is in the folder."""
        with ExitStack() as stack:
            places = [
                stack.enter_context(tempfile.TemporaryFile()) for _ in ("stdout", "stderr", "telemetry")
            ]
            places = places if scenario.telemetry else places[:2]
            record = _Record(dict(zip(("stdout", "stderr", "telemetry"), places, strict=False)))
            listening = stack.enter_context(_Socket()) if scenario.socket else None
            api = stack.enter_context(
                Api(scenario.events, record.new, workers=scenario.workers, statuses=scenario.statuses)
            )
            process = subprocess.Popen(
                self._command(scenario),
                env=self._environment(scenario, folder, api.address, places, listening),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=places[0],
                stderr=places[1],
                pass_fds=[place.fileno() for place in places[2:]],
                start_new_session=True,
            )
            ended = _ended(process, api, scenario)
            api.close_chapter()
            if listening is not None:
                api.chapters[-1].written["socket"] = listening.received()
            return Told(api.chapters, ended, api.connections)

    def _command(self, scenario: Scenario) -> list[str]:
        named = self.names_handler and scenario.handler is not None
        return [*self.command, *([scenario.handler or ""] if named else [])]

    def _environment(
        self,
        scenario: Scenario,
        folder: Path,
        address: str,
        places: Sequence[IO[bytes]],
        listening: "_Socket | None",
    ) -> dict[str, str]:
        variables: dict[str, str | None] = {
            **VARIABLES,
            "AWS_LAMBDA_RUNTIME_API": address,
            "LAMBDA_TASK_ROOT": self.task_root or str(folder),
            "_HANDLER": scenario.handler,
            **{
                name: value.replace("{folder}", str(folder)) if value else value
                for name, value in scenario.variables.items()
            },
        }
        if scenario.telemetry:
            variables["_LAMBDA_TELEMETRY_LOG_FD"] = str(places[2].fileno())
        if listening is not None:
            variables["_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET"] = listening.path
        return {name: value for name, value in variables.items() if value is not None}


def theirs() -> Side:
    """AWS's runtime client, from the development environment."""
    return Side("awslambdaric", (sys.executable, "-m", "awslambdaric"), names_handler=True)


class _Socket:
    """Where workers may send what they print; takes all of it."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        self.path = f"{self._folder.name}/socket"
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(self.path)
        self._server.listen()
        self._connections: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self._folder.cleanup()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:  # shut down
                return
            self._connections.append(connection)

    def received(self) -> bytes:
        """What came over all connections, by line, once the processes behind them have ended."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        data = b""
        for connection in self._connections:
            with connection, connection.makefile("rb") as file:
                data += file.read()
        return b"".join(sorted(data.splitlines(keepends=True)))


class _Record:
    """What is written to files, as it becomes more."""

    def __init__(self, places: Mapping[str, IO[Any]]) -> None:
        self._places = places
        self._read = dict.fromkeys(places, 0)

    def new(self) -> dict[str, bytes]:
        found = {}
        for name, place in self._places.items():
            # A place of its own to read from: the file's own offset is the writer's too.
            data = os.pread(place.fileno(), 1 << 26, self._read[name])
            self._read[name] += len(data)
            if data:
                found[name] = data
        return found


def _ended(process: "subprocess.Popen[bytes]", api: Api, scenario: Scenario) -> str:
    def watch() -> None:
        process.wait()
        api.over.set()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        if not api.over.wait(DEADLINE_SECONDS):
            return STUCK
        if scenario.terminated and process.returncode is None:
            process.terminate()
            watcher.join(TERMINATION_SECONDS)
        return RUNNING if process.returncode is None else str(process.returncode)
    finally:
        _kill(process)
        watcher.join()


def _kill(process: "subprocess.Popen[bytes]") -> None:
    # The whole group: workers that were forked outlive their parent.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
