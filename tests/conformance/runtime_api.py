"""The Runtime API over real HTTP, with faults on demand, and the runtime as the process that it is.

The vocabulary: ``api.invoke`` sends an event and returns what came back; ``api.await_report`` returns what the runtime
posts by itself; ``api.answer_with`` sets the statuses of the answers to come. ``api.await_call`` returns once the runtime has
registered an extension, or waits for its event or for a restore; ``api.restore`` lets it go on. Of a response that is streamed,
``api.await_chunk`` returns the next chunk while the response goes on, and ``api.interrupt_with`` answers in the midst of it.
"""

import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path
from typing import Any, Self

from tests import chunked

DEADLINE_SECONDS = 30.0
PREFIX = "/2018-06-01/runtime/"
EXTENSION = "/2020-01-01/extension/"


@dataclass(frozen=True)
class Invocation:
    """What ``next`` answers with."""

    request_id: str
    event: bytes
    headers: Mapping[str, str]
    status: int = 200
    hang_up: bool = False


@dataclass(frozen=True)
class Report:
    """What the runtime posted: to ``invocation/ID/response``, ``invocation/ID/error``, ``init/error`` or ``restore/error``."""

    path: str
    headers: Message
    body: bytes
    chunks: Sequence[bytes] = ()
    trailers: HTTPMessage = field(default_factory=HTTPMessage)


class _InterruptedError(Exception):
    """A streamed response was not read to its end."""


@dataclass
class RuntimeApi:
    """Serves one runtime; a context manager."""

    statuses: list[int] = field(default_factory=list)
    interruptions: list[int] = field(default_factory=list)
    connections: int = 0
    extensions_status: int = 200

    def __post_init__(self) -> None:
        self._invocations: queue.Queue[Invocation | None] = queue.Queue()
        self._reports: queue.Queue[Report] = queue.Queue()
        self._chunks: queue.Queue[bytes] = queue.Queue()
        self._calls: queue.Queue[str] = queue.Queue()
        self._restored = threading.Event()
        self._ended = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._count = 0
        self.address = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._restored.set()
        self._invocations.put(None)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def send(self, event: bytes = b"{}", *, status: int = 200, hang_up: bool = False, **headers: str) -> str:
        """Queues an invocation for ``next``; returns its request id."""
        return self._send(event, headers, status=status, hang_up=hang_up)

    def _send(
        self, event: bytes, headers: Mapping[str, str], *, status: int = 200, hang_up: bool = False
    ) -> str:
        self._count += 1
        request_id = f"request-{self._count}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._invocations.put(Invocation(request_id, event, named, status, hang_up))
        return request_id

    def invoke(self, event: bytes = b"{}", **headers: str) -> Report:
        """Sends an invocation and returns what the runtime made of it; fails where it answers another one."""
        request_id = self._send(event, headers)
        report = self.await_report()
        assert request_id in report.path, f"{report.path} in answer to {request_id}"
        return report

    def await_report(self) -> Report:
        """The next thing the runtime posts; ``queue.Empty`` where nothing comes in time."""
        return self._reports.get(timeout=DEADLINE_SECONDS)

    def await_call(self) -> str:
        """The path of a call that is not for an invocation, once the runtime waits for its answer."""
        return self._calls.get(timeout=DEADLINE_SECONDS)

    def hold(self, path: str) -> None:
        """Returns when the answer is due: of a restore when the test says so, of an extension's event never."""
        self._calls.put(path)
        (self._restored if path == "restore/next" else self._ended).wait()

    def restore(self) -> None:
        """Lets a runtime go on that waits for a restore."""
        self._restored.set()

    def answer_with(self, *statuses: int) -> None:
        """Answers the posts to come with these statuses instead of 202."""
        self.statuses.extend(statuses)

    def await_chunk(self) -> bytes:
        """The next chunk of a streamed response, as soon as it is here; ``queue.Empty`` where nothing comes in time."""
        return self._chunks.get(timeout=DEADLINE_SECONDS)

    def interrupt_with(self, *statuses: int) -> None:
        """Answers the streamed responses to come with these statuses after their first chunk, and hangs up; 0 says nothing."""
        self.interruptions.extend(statuses)

    def take(self, path: str, headers: Message, posted: BufferedIOBase) -> tuple[int, bool]:
        """Keeps what the runtime posts; returns the status that it is answered with, and whether to hang up."""
        try:
            report = _report(path, headers, posted, self._take_chunk)
        except _InterruptedError:
            return self.interruptions.pop(0), True
        if path == f"{EXTENSION}register":
            self._calls.put(path)
            return self.extensions_status, False
        self._reports.put(report)
        return self.statuses.pop(0) if self.statuses else 202, False

    def _take_chunk(self, chunk: bytes) -> None:
        self._chunks.put(chunk)
        if self.interruptions:
            raise _InterruptedError

    @property
    def silent(self) -> bool:
        """Whether nothing has been posted that was not yet returned."""
        return self._reports.empty()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Says nothing of a runtime that hung up, as one that is ended does."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*_)


def _handler_for(api: RuntimeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            api.connections += 1

        def do_GET(self) -> None:
            if self.path != f"{PREFIX}invocation/next":
                api.hold(self.path.removeprefix(PREFIX))
                self._answer(200, b"", {})
                return
            invocation = api._invocations.get()
            self.close_connection = invocation is None or invocation.hang_up
            if invocation is not None:
                headers = {"Lambda-Runtime-Aws-Request-Id": invocation.request_id, **invocation.headers}
                self._answer(invocation.status, invocation.event, headers)

        def do_POST(self) -> None:
            path = self.path.removeprefix(PREFIX)
            status, self.close_connection = api.take(path, self.headers, self.rfile)
            if status:
                headers = {"Content-Type": "application/json", "Lambda-Extension-Identifier": "identifier"}
                self._answer(status, b'{"status":"OK"}\n', headers)

        def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing: the runtime's own output is what tests look at."""

    return Handler


def _report(
    path: str, headers: Message, posted: BufferedIOBase, take_chunk: Callable[[bytes], object]
) -> Report:
    if headers["Transfer-Encoding"] is None:
        return Report(path, headers, posted.read(int(headers["Content-Length"])))
    chunks, trailers = chunked.body(posted, take_chunk)
    return Report(path, headers, b"".join(chunks), chunks, trailers)


class Environment:
    """One execution environment: a process of the runtime, ended with the context.

    Args:
        command: the bootstrap, or whatever leads to it.
        variables: the whole environment of the process.
        folder: its working folder.
    """

    def __init__(self, command: Sequence[str | Path], variables: Mapping[str, str], folder: Path) -> None:
        self._process = subprocess.Popen(
            command, env=variables, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._output: tuple[str, str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self.output()

    def output(self) -> tuple[str, str]:
        """What was written to stdout and stderr, once the process has ended."""
        if self._output is None:
            out, err = self._process.communicate(timeout=DEADLINE_SECONDS)
            self._output = out.decode(), err.decode()
        return self._output

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def exit_status(self) -> int:
        """How the process ended by itself; ``subprocess.TimeoutExpired`` where it does not."""
        self.output()
        return self._process.returncode


# Starts the runtime with a handler module of the given code; further arguments are its name and variables.
Start = Callable[..., Environment]
