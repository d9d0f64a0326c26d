"""Handlers that stream, and what is sent of their responses."""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

from thaw_runtime.api import Invocation, RuntimeApi
from thaw_runtime.loop import serve
from thaw_runtime.settings import Settings

from tests import chunked

if TYPE_CHECKING:
    from thaw_runtime.connection import Response as Answer


class Wire:
    """Takes requests in the place of the Runtime API, as they come."""

    def __init__(self, *, status: int, pieces: int) -> None:
        self.status = status
        self.limit = pieces
        self.pieces: list[bytes] = []
        self.requests: list[bytes] = []

    def exchange(self, head: bytes, body: bytes = b"") -> "Answer":
        self.requests.append(head + body)
        return 202, {}, b""

    def exchange_pieces(self, pieces: Iterable[bytes]) -> "Answer":
        for piece in pieces:
            self.pieces.append(piece)
            if len(self.pieces) == self.limit:
                break
        self.requests.append(b"".join(self.pieces))
        return self.status, {}, b"no" if self.status != 202 else b""


class Sent:
    """A streamed response, taken apart."""

    def __init__(self, request: bytes) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        self.line, *fields = head.decode("ascii").split("\r\n")
        self.headers = dict(field.split(": ", 1) for field in fields)
        rest = BytesIO(body)
        self.chunks, self.trailers = chunked.body(rest)
        assert rest.read() == b""
        self.prelude, self.separator, self.body = b"".join(self.chunks).partition(bytes(8))

    @property
    def error(self) -> dict[str, Any]:
        """What the trailers tell of a failure."""
        told: dict[str, Any] = json.loads(b64decode(self.trailers["Lambda-Runtime-Function-Error-Body"]))
        assert in_header(told["errorType"]) == self.trailers["Lambda-Runtime-Function-Error-Type"]
        return told


def in_header(text: str) -> str:
    return text[:256]


def served(handler: Callable[..., Any], *, status: int = 202, pieces: int = 0, times: int = 1) -> Wire:
    wire = Wire(status=status, pieces=pieces)
    api = RuntimeApi("127.0.0.1", 9001)
    api._connection = wire  # type: ignore[assignment]
    invocations = [Invocation(f"id-{number}", {}, b"{}") for number in range(times)]
    serve(invocations, handler, api, Settings({"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"}))
    return wire


def sent(handler: Callable[..., Any]) -> Sent:
    """The streamed response of a handler; fails where it is none."""
    (request,) = served(handler).requests
    return Sent(request)


def streaming(*items: Any, fails: BaseException | None = None) -> Callable[..., Any]:
    """A handler that is a generator function."""

    def handler(event: Any, context: Any) -> Iterator[Any]:
        yield from items
        if fails is not None:
            raise fails

    return handler


def asynchronously(*items: Any, fails: BaseException | None = None) -> Callable[..., Any]:
    """A handler that is an asynchronous generator function."""

    async def handler(event: Any, context: Any) -> AsyncIterator[Any]:
        for item in items:
            await asyncio.sleep(0)
            yield item
        if fails is not None:
            raise fails

    return handler


def reported(handler: Callable[..., Any]) -> dict[str, Any]:
    """The error that is reported, and nothing is sent of the response; fails where that is not so."""
    wire = served(handler)
    (request,) = wire.requests
    assert wire.pieces == []
    assert b"/invocation/id-0/error HTTP/1.1\r\n" in request
    told: dict[str, Any] = json.loads(request.partition(b"\r\n\r\n")[2])
    return told
