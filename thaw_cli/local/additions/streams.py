"""Responses that are sent while they are made, and responses that are not JSON.

MiniStack reads a response whole, and as JSON. With this addition bytes stay as they are, and pieces can be had while they arrive.

Source of the protocol: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
"""

import asyncio
import base64
import http.client
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from typing import Any

from thaw_cli.local.additions import Server
from thaw_cli.local.additions.settings import Settings

_MODE, _STREAMING = "Lambda-Runtime-Function-Response-Mode", "streaming"
_ERROR_TYPE, _ERROR_BODY = "Lambda-Runtime-Function-Error-Type", "Lambda-Runtime-Function-Error-Body"
_RESPONSE = re.compile(r"/runtime/invocation/([^/]+)/response/?$")


def install(server: Server, _settings: Settings) -> None:
    """Lets workers take streams."""
    runtime = server["runtime"]
    runtime.ProvidedWorker = _worker(runtime.ProvidedWorker)


class Channel:
    """A response on its way from a worker's thread to the event loop's request that waits for it.

    Args:
        loop: where the response is taken.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.content_type: str | None = None
        self.complete = False

    @property
    def started(self) -> bool:
        """Whether there is a streamed response."""
        return self.content_type is not None

    def start(self, content_type: str) -> None:
        """In the worker's thread: there is going to be a response."""
        self.content_type = content_type
        self.put(b"")

    def put(self, chunk: bytes) -> None:
        """In the worker's thread: a piece of the response."""
        self._loop.call_soon_threadsafe(self._chunks.put_nowait, chunk)

    def end(self, *, complete: bool) -> None:
        """In the worker's thread: there is no more, because that was all or because the function failed."""
        self.complete = complete
        self._loop.call_soon_threadsafe(self._chunks.put_nowait, None)

    async def chunks(self) -> AsyncIterator[bytes]:
        """In the event loop: the response."""
        while (chunk := await self._chunks.get()) is not None:
            yield chunk


# The channel of the request to a function URL that the present thread or task works for.
AWAITED: ContextVar[Channel | None] = ContextVar("awaited", default=None)


def _worker(base: Any) -> type[Any]:
    class Streaming(base):  # type: ignore[misc]  # of MiniStack there are no types
        channel: Channel | None = None

        def invoke(self, *arguments: Any, **more: Any) -> Any:
            self.channel = AWAITED.get()
            return super().invoke(*arguments, **more)

        def serves(self, generation: int, request: str) -> bool:
            with self._state_lock:
                return bool(generation == self._generation and request == self._current_request_id)

        def _build_handler_class(self, generation: int, pending: Any) -> Any:
            return _runtime_api(super()._build_handler_class(generation, pending), self, generation)

    return Streaming


def _runtime_api(base: Any, worker: Any, generation: int) -> type[Any]:
    class RuntimeApi(base):  # type: ignore[misc]  # likewise
        # An answer is written in two pieces, of which the second would wait for 40 ms.
        disable_nagle_algorithm = True

        def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
            found = _RESPONSE.search(self.path)
            if found is None:
                super().do_POST()
                return
            request = found[1]
            try:
                kind, payload = self._received(worker.channel if worker.serves(generation, request) else None)
            except ValueError:  # the function died on the way, which its worker notices
                self.close_connection = True
                return
            if worker._record_result(generation, request, kind, payload):  # noqa: SLF001 - nothing of it is public
                self._respond(202)
            else:
                self._respond(400, b'{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}')

        def _received(self, channel: Channel | None) -> tuple[str, Any]:
            if self.headers.get(_MODE, "").lower() == _STREAMING:
                content_type = self.headers.get("Content-Type", "application/octet-stream")
                return take(self.rfile, content_type, channel)
            return "response", readable(self._read_body())

    return RuntimeApi


def take(stream: Any, content_type: str, channel: Channel | None) -> tuple[str, Any]:
    """Reads a response that is being sent, and passes it on where somebody waits for it.

    Returns:
        ``response`` and all its bytes, or ``error`` and what the function ended it with.

    Raises:
        ValueError: the function went away.
    """
    received, complete = bytearray(), False
    if channel:
        channel.start(content_type)
    try:
        for chunk in chunks(stream):
            received += chunk
            if channel:
                channel.put(chunk)
        failure = failure_of(http.client.parse_headers(stream))
        complete = failure is None
    finally:
        if channel:
            channel.end(complete=complete)
    return ("error", failure) if failure else ("response", bytes(received))


def readable(body: bytes) -> Any:
    """What MiniStack works with: a JSON document, or else the bytes."""
    try:
        return json.loads(body)
    except ValueError:
        return body


def chunks(stream: Any) -> Iterator[bytes]:
    """The pieces of a body that is sent in chunks; what is left to read are its trailers.

    Raises:
        ValueError: the sender went away.
    """
    while size := int(stream.readline().partition(b";")[0], 16):
        yield stream.read(size)
        stream.readline()


def failure_of(trailers: http.client.HTTPMessage) -> dict[str, Any] | None:
    """The error that a response ended with, in the form of an invocation's error; None if it ended well."""
    kind = trailers.get(_ERROR_TYPE)
    if kind is None:
        return None
    body = readable(base64.b64decode(trailers.get(_ERROR_BODY, "")))
    return {"errorType": kind, "errorMessage": "", **(body if isinstance(body, dict) else {})}
