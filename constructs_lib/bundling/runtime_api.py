"""The Runtime API of Lambda, emulated for one execution environment at a time and for timing.

It serves the two calls that a healthy runtime makes (``/invocation/next`` and ``/invocation/{id}/response``) from the
thread that measures, over one blocking socket, so that a measured round trip holds no thread switch of ours.
Faults, extensions and everything else of the API are the conformance suite's business.
Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import socket
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

ARN = "arn:aws:lambda:eu-north-1:000000000000:function:bench"
LISTEN_BACKLOG = 16


class UnexpectedRequestError(Exception):
    """The runtime asked for something that a healthy one would not, an error report for example."""


@dataclass(frozen=True)
class Request:
    """One HTTP request, read whole."""

    line: str
    body: bytes


class RuntimeApi:
    """Listens on loopback and serves invocations one by one.

    Args:
        patience: seconds without an answer after which the runtime counts as hung.
    """

    def __init__(self, patience: float = 30.0) -> None:
        self._server = socket.create_server(("127.0.0.1", 0), backlog=LISTEN_BACKLOG)
        self._server.settimeout(patience)
        self._patience = patience
        self._connection: socket.socket | None = None
        self._buffer = b""
        self._served = 0
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hang_up()
        self._server.close()

    def hang_up(self) -> None:
        """Forgets the runtime that was being served; the next request may come from another process."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._buffer = None, b""

    def await_next(self) -> None:
        """Returns when a runtime asks for its next invocation; one that registers an extension before has it registered.

        Raises:
            UnexpectedRequestError: it asked for something else.
        """
        request = self._read_request()
        if request.line.startswith("POST /2020-01-01/extension/register "):
            self._connected().sendall(_REGISTERED)
            self._read_request()  # for an event, of which there is none
            self.hang_up()
            request = self._read_request()
        if not request.line.startswith("GET /2018-06-01/runtime/invocation/next "):
            raise UnexpectedRequestError(f"{request.line}\n{request.body.decode(errors='replace')}")

    def invoke(self, event: bytes) -> tuple[bytes, int]:
        """Answers a pending ``next`` with an event and waits for the response.

        Returns:
            The response's body and the round trip in nanoseconds, from the first byte sent to the last received.

        Raises:
            UnexpectedRequestError: the runtime reported an error.
        """
        self._served += 1
        request_id = f"8476a536-e9f4-11e8-9739-{self._served:012x}"
        connection = self._connected()
        started = time.monotonic_ns()
        connection.sendall(_next_response(request_id, event))
        request = self._read_request()
        ended = time.monotonic_ns()
        if not request.line.startswith(f"POST /2018-06-01/runtime/invocation/{request_id}/response "):
            raise UnexpectedRequestError(f"{request.line}\n{request.body.decode(errors='replace')}")
        self._connected().sendall(_ACCEPTED)  # the response may have come over a connection of its own
        return request.body, ended - started

    def _connected(self) -> socket.socket:
        if self._connection is None:
            self._connection, _ = self._server.accept()
            self._connection.settimeout(self._patience)
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._connection

    def _read_request(self) -> Request:
        while b"\r\n\r\n" not in self._buffer:
            self._receive()
        head, _, rest = self._buffer.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)
        }
        length = int(headers.get("content-length", "0"))
        self._buffer = rest
        while len(self._buffer) < length:
            self._receive()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return Request(line, body)

    def _receive(self) -> None:
        data = self._connected().recv(1 << 20)
        if data:
            self._buffer += data
        elif self._buffer:
            raise UnexpectedRequestError(f"the runtime hung up in the middle of {self._buffer[:200]!r}")
        else:
            # A client may open a connection per call; libcurl and ours keep one.
            self.hang_up()


_ACCEPTED = (
    b'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n'
)
_REGISTERED = b"HTTP/1.1 200 OK\r\nLambda-Extension-Identifier: 1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def _next_response(request_id: str, event: bytes) -> bytes:
    deadline = int(time.time() * 1000) + 900_000
    return (
        "HTTP/1.1 200 OK\r\n"
        "Content-Type: application/json\r\n"
        f"Lambda-Runtime-Aws-Request-Id: {request_id}\r\n"
        f"Lambda-Runtime-Deadline-Ms: {deadline}\r\n"
        f"Lambda-Runtime-Invoked-Function-Arn: {ARN}\r\n"
        "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n"
        f"Content-Length: {len(event)}\r\n\r\n"
    ).encode() + event
