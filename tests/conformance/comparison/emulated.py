"""The Runtime API for one process, over real HTTP: it hands out events with their faults, and writes down what happens.

What happens is cut into chapters: the start of the process, then one for each event, up to the moment at which the process asks
for the next one or ends. Where several events are out at a time, all of it is one chapter.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import Parser
from http.client import HTTPMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, Self

from tests import chunked
from tests.conformance.comparison.model import Event
from tests.conformance.runtime_api import PREFIX

LIFETIME_MS = 600_000
ARN = "arn:aws:lambda:eu-central-1:123456789012:function:compared"
PAUSE_SECONDS = 0.002
SLOW_PIECES = 20
REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 500: "Internal Server Error"}


@dataclass(frozen=True)
class Call:
    """What the process asked of the Runtime API, other than for an event."""

    method: str
    path: str
    headers: HTTPMessage
    body: bytes
    trailers: HTTPMessage = field(default_factory=HTTPMessage)


@dataclass
class Chapter:
    """What the process did with one event, or before the first."""

    calls: list[Call] = field(default_factory=list)
    written: dict[str, bytes] = field(default_factory=dict)
    agents: set[str] = field(default_factory=set)


class Api:
    """Serves one process; a context manager.

    Args:
        events: what the process gets, one after the other.
        written: returns what the process has written since it was last asked, by the name of the place.
        workers: how many calls for an event wait at last.
        statuses: what the calls before the first event are answered with.
    """

    def __init__(
        self,
        events: Sequence[Event],
        written: Callable[[], dict[str, bytes]],
        *,
        workers: int = 1,
        statuses: Sequence[int] = (),
    ) -> None:
        self.chapters = [Chapter()]
        self.connections = 0
        self.over = threading.Event()
        self._events, self._answers = list(events), list(statuses)
        self._written, self._workers = written, workers
        self._taken = self._waiting = 0
        self._lock, self._closed = threading.Lock(), threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def next(self, agent: str) -> tuple[str, Event] | None:
        """The next event with its id; waits for the end, and returns None, where there is none."""
        with self._lock:
            self.chapters[-1].agents.add(agent)
            if self._taken < len(self._events):
                event = self._events[self._taken]
                self._taken += 1
                self._turn_page(event)
                return f"request-{self._taken}", event
            self._waiting += 1
            if self._waiting >= self._workers:
                self.over.set()
        self.await_end()
        return None

    def await_end(self) -> None:
        """Returns when the process has been observed to its end."""
        self._closed.wait()

    def close_chapter(self) -> None:
        """Adds what was written to the present chapter."""
        for name, data in self._written().items():
            chapter = self.chapters[-1].written
            chapter[name] = chapter.get(name, b"") + data

    def _turn_page(self, event: Event) -> None:
        if self._workers == 1:
            self.close_chapter()
            self.chapters.append(Chapter())
            self._answers = list(event.answers)

    def take(self, call: Call) -> int:
        """Writes a call down; returns the status that it is answered with, 0 to hang up."""
        with self._lock:
            self.chapters[-1].calls.append(call)
            self.chapters[-1].agents.add(call.headers["User-Agent"] or "none")
            if self._answers:
                return self._answers.pop(0)
        return 200 if call.method == "GET" or "extension" in call.path else 202


class _Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, api: Api) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = api

    def handle_error(self, *_: Any) -> None:
        """Says nothing of a process that hung up, as one that ends does."""


class _Handler(StreamRequestHandler):
    server: _Server
    # Every piece is a packet.
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.server.api.connections += 1
        while request := self._request():
            if not self._serve(*request):
                break

    def _request(self) -> tuple[str, str, HTTPMessage] | None:
        # The standard library's server takes no header of more than 64 KiB, and Lambda does.
        first = self.rfile.readline().decode("latin-1").split()
        if len(first) != len(("method", "path", "version")):
            return None
        lines = iter(self.rfile.readline, b"\r\n")
        return first[0], first[1], Parser(HTTPMessage).parsestr(b"".join(lines).decode("latin-1"))

    def _serve(self, method: str, path: str, headers: HTTPMessage) -> bool:
        if path == f"{PREFIX}invocation/next":
            return self._hand_out(self.server.api.next(headers["User-Agent"] or "none"))
        if method == "GET" and "extension" in path:
            self.server.api.await_end()
            return False
        return self._answer(path, self.server.api.take(self._call(method, path, headers)))

    def _call(self, method: str, path: str, headers: HTTPMessage) -> Call:
        place = path.removeprefix(PREFIX)
        if headers["Transfer-Encoding"] is None:
            return Call(method, place, headers, self.rfile.read(int(headers["Content-Length"] or 0)))
        chunks, trailers = chunked.body(self.rfile)
        return Call(method, place, headers, b"".join(chunks), trailers)

    def _answer(self, path: str, status: int) -> bool:
        if status:
            body = b'{"status":"OK"}\n'
            head = {"Content-Type": "application/json", "Content-Length": str(len(body))}
            if "extension" in path:
                head["Lambda-Extension-Identifier"] = "extension-1"
            self.wfile.write(_message(status, head) + body)
        return status != 0

    def _hand_out(self, taken: tuple[str, Event] | None) -> bool:
        if taken is None:
            return False
        for number, piece in enumerate(_pieces(*taken)):
            if number and taken[1].delivery == "slow":
                time.sleep(PAUSE_SECONDS)  # the fault itself
            self.wfile.write(piece)
        return taken[1].delivery not in ("cut", "hang up")


def _pieces(request_id: str, event: Event) -> list[bytes]:
    headers: dict[str, str | None] = {
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": request_id,
        "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + LIFETIME_MS),
        "Lambda-Runtime-Invoked-Function-Arn": ARN,
        **event.headers,
    }
    body, size = event.body, len(event.body)
    if event.delivery == "chunked":
        headers["Transfer-Encoding"] = "chunked"
        body = b"".join(b"1\r\n%c\r\n" % byte for byte in event.body) + b"0\r\n\r\n"
    else:
        headers["Content-Length"] = str(size)
    sent = {name: value for name, value in headers.items() if value is not None}
    whole = _message(event.status, sent) + (body[: size // 2] if event.delivery == "cut" else body)
    step = {"split": 1, "slow": -(-len(whole) // SLOW_PIECES)}.get(event.delivery, len(whole))
    return [whole[start : start + step] for start in range(0, len(whole), step)]


def _message(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [
        f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
