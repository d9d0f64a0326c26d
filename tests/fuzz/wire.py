"""A socket whose other end is a script, and the runtime's loop on it: what comes of any bytes at all.

In memory, so that a hundred thousand scripts take seconds. What the kernel does to a connection is looked at elsewhere
(``tests/unit/runtime``); here only what is received matters.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from socket import MSG_PEEK, socketpair
from typing import Any
from unittest.mock import patch

from thaw_runtime import api, connection, unaccelerated
from thaw_runtime.api import Invocation, RuntimeApi
from thaw_runtime.connection import RuntimeApiError
from thaw_runtime.loop import serve
from thaw_runtime.settings import Settings

from tests import accelerator

# A reader that goes on asking after the end would go on forever.
RECEIVES_AFTER_THE_END = 4
REFUSED = "refused"
# What the accelerator receives at once.
LONGEST_ANSWER = 1 << 14


class SpinError(AssertionError):
    """The runtime goes on asking where nothing will come any more."""


@dataclass
class Wire:
    """What passes between the runtime and the other side, over one connection or several.

    Attributes:
        answers: to one request after the other, in pieces as they are received; the connection is closed where the runtime
            waits for more of one. Without answers left a connection is refused.
        told: requests that the runtime sent, ``invoked ID`` where it took an invocation, and ``refused`` where it got no
            connection, in their order.
    """

    answers: Sequence[Sequence[bytes]]
    told: list[str] = field(default_factory=list)
    answered: int = 0


class ScriptedSocket:
    """One connection of a wire."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._pieces: list[bytes] = []
        self._after_the_end = 0

    def connect(self, _: object) -> None:
        if self._wire.answered == len(self._wire.answers):
            self._wire.told.append(REFUSED)
            raise ConnectionRefusedError("nobody listens")

    def setsockopt(self, *_: object) -> None:
        """Nothing: there is no kernel."""

    def sendall(self, data: bytes) -> None:
        if not data.startswith((b"GET /", b"POST /")):
            return  # a further piece of a request
        self._wire.told.append(data.partition(b" HTTP/1.1\r\n")[0].decode("ascii"))
        answers = self._wire.answers[self._wire.answered :][:1]
        self._pieces = [piece for answer in answers for piece in answer if piece]
        self._wire.answered += len(answers)

    def recv(self, size: int, flags: int = 0) -> bytes:
        if flags & MSG_PEEK:
            if not self._pieces:
                raise BlockingIOError
            return self._pieces[0][:size]
        if not self._pieces:
            self._after_the_end += 1
            if self._after_the_end > RECEIVES_AFTER_THE_END:
                raise SpinError
            return b""
        piece = self._pieces.pop(0)
        if piece[size:]:
            self._pieces.insert(0, piece[size:])
        return piece[:size]

    def close(self) -> None:
        """What was not received is lost."""
        self._pieces = []


class Accelerator:
    """The runtime's accelerator, whose ``exchange`` reads what a scripted socket gives from a real one."""

    def __init__(self) -> None:
        module = accelerator.compiled()
        self.decode, self.encode, self._exchange = module.decode, module.encode, module.exchange

    def exchange(self, connection: ScriptedSocket, head: bytes, body: bytes) -> Any:
        """As the accelerator's."""
        connection.sendall(head + body)
        ours, theirs = socketpair()
        with ours, theirs:
            theirs.sendall(connection.recv(LONGEST_ANSWER))
            theirs.close()
            return self._exchange(ours, b"", b"")


def run(wire: Wire, *, accelerated: bool) -> str:
    """Serves what the wire brings until it brings no more; returns what the runtime would end with.

    The handler answers with its event, and streams what is text.

    Args:
        wire: what passes is noted on it.
        accelerated: whether the runtime has its accelerator.

    Raises:
        SpinError: it would not end.
        Exception: what nobody expects, for which ``main`` has no line.
    """
    with (
        accelerator.in_use(Accelerator() if accelerated else unaccelerated),
        patch.object(connection, "socket", lambda *_: ScriptedSocket(wire)),
        patch.dict(os.environ),
        redirect_stdout(StringIO()),
    ):
        client = RuntimeApi("127.0.0.1", 9001)
        try:
            serve(_noted(client, wire), _handle, client, _SETTINGS)
        except (RuntimeApiError, OSError) as error:
            return str(error)
    raise AssertionError("the loop has ended by itself")


def unanswered(wire: Wire) -> list[str]:
    """Invocations that the runtime took, and neither answered nor reported right afterwards, though it could."""
    return [
        taken.removeprefix("invoked ")
        for taken, then in zip(wire.told, [*wire.told[1:], ""], strict=True)
        if taken.startswith("invoked ") and then not in _answers(taken.removeprefix("invoked "))
    ]


def _handle(event: object, _: object) -> object:
    return iter(event) if isinstance(event, str) else event


def _answers(request_id: str) -> list[str]:
    posts = [f"POST {api.PREFIX}/invocation/{request_id}/{kind}" for kind in ("response", "error")]
    return [*posts, REFUSED]


def _noted(client: RuntimeApi, wire: Wire) -> Iterator[Invocation]:
    for invocation in client.invocations():
        wire.told.append(f"invoked {invocation.request_id}")
        yield invocation


_SETTINGS = Settings({"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"})
