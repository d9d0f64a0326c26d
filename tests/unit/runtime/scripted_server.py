"""A server for one client in the same thread: it sends its next piece when the client has consumed the last one.

No threads and no waiting: the piece is sent just before the client's own receive call, and only if the kernel holds
nothing for the client any more, so that the client meets exactly the cuts that a test asks for.
"""

import fcntl
import socket
import struct
import termios
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, NamedTuple, Self

from thaw_runtime.connection import Connection

DEADLINE_SECONDS = 10.0
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass
class Answer:
    """What the server sends after one request.

    Attributes:
        pieces: sent one by one.
        then: ``keep`` the connection, ``close`` it, or ``reset`` it, after the last piece.
    """

    pieces: Sequence[bytes]
    then: str = "keep"
    request: bytes = field(default=b"", init=False)


class ScriptedServer:
    """Answers the requests of one client by a script; more than the script is an AssertionError, never a hang."""

    def __init__(self, *answers: Answer) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(DEADLINE_SECONDS)
        self._accepted: list[socket.socket] = []
        self._waiting = list(answers)
        self._pieces: list[bytes] | None = None
        self.answers = answers
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._listener, *self._accepted):
            each.close()

    @property
    def connections(self) -> int:
        """How many times the client has connected."""
        return len(self._accepted)

    def accept(self) -> None:
        """Takes the connection that a client has just made."""
        connection, _ = self._listener.accept()
        connection.settimeout(DEADLINE_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._accepted.append(connection)
        self._pieces = None

    def close(self) -> None:
        """Hangs up on the client, as a server does with a connection that idles."""
        self._accepted[-1].close()

    def feed(self, client: int) -> None:
        """Called before the client receives on its socket; sends the next piece where it has consumed the last."""
        if _unread(client):
            return
        answer = self._waiting[0] if self._waiting else None
        if self._accepted[-1].fileno() < 0:
            return
        assert answer is not None, "the client waits for more than was promised"
        if self._pieces is None:
            answer.request = _read_request(self._accepted[-1])
            self._pieces = [piece for piece in answer.pieces if piece]
        if self._pieces:
            self._accepted[-1].sendall(self._pieces.pop(0))
        elif answer.then == "keep":
            raise AssertionError("the client waits for more than the whole answer")
        if not self._pieces:
            self._finish(answer)

    def _finish(self, answer: Answer) -> None:
        if answer.then != "keep":
            if answer.then == "reset":
                self._accepted[-1].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self._accepted[-1].close()
        self._waiting.pop(0)
        self._pieces = None


class Got(NamedTuple):
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes


class FedSocket:
    """A client's socket; the server sends its next piece before each call that receives."""

    def __init__(self, real: socket.socket, server: ScriptedServer) -> None:
        self._real = real
        self._server = server
        self.fileno, self.sendall, self.close = real.fileno, real.sendall, real.close

    def feed(self) -> None:
        """Has something to receive."""
        self._server.feed(self._real.fileno())

    def recv(self, size: int, flags: int = 0) -> bytes:
        """As a socket's."""
        self.feed()
        return self._real.recv(size, flags)


class FedConnection(Connection):
    """The runtime's connection with a scripted server at its other end."""

    __slots__ = ("_server",)

    def __init__(self, server: ScriptedServer) -> None:
        super().__init__("127.0.0.1", server.port)
        self._server = server

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _connect(self) -> FedSocket:
        connection = super()._connect()
        connection.settimeout(DEADLINE_SECONDS)
        self._server.accept()
        self._socket = fed = FedSocket(connection, self._server)
        self._recv = fed.recv
        return fed


class FedAccelerator:
    """The runtime's accelerator, whose one call that sends and receives is two here, so that there is a time to feed."""

    def __init__(self, module: ModuleType) -> None:
        self.decode, self.encode = module.decode, module.encode
        self._exchange = module.exchange

    def exchange(self, connection: Any, head: bytes, body: bytes) -> Any:
        """As the accelerator's."""
        if isinstance(connection, FedSocket):
            with suppress(ConnectionError):
                connection.sendall(head + body)
            connection.feed()
            head = body = b""
        return self._exchange(connection, head, body)


def _unread(descriptor: int) -> int:
    answer = fcntl.ioctl(descriptor, termios.FIONREAD, b"\0\0\0\0")
    return int(struct.unpack("i", answer)[0])


def _read_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(1 << 16)
    head, _, body = received.partition(b"\r\n\r\n")
    announced = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    length = int(announced[0].partition(b":")[2]) if announced else 0
    while len(body) < length:
        body += connection.recv(1 << 16)
    return head + b"\r\n\r\n" + body
