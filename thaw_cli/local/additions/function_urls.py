"""Function URLs of invoke mode RESPONSE_STREAM: what a function streams goes to the client piece by piece.

A response of type WITH_PRELUDE begins with a JSON document of status, headers and cookies, then SEPARATOR:
https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html. Every other one is a body alone.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib import import_module
from typing import Any

from thaw_cli.local.additions import Server
from thaw_cli.local.additions.settings import Settings
from thaw_cli.local.additions.streams import AWAITED, Channel

WITH_PRELUDE = "application/vnd.awslambda.http-integration-response"
SEPARATOR = b"\0" * 8
_UNREADABLE = {"message": "Internal Server Error"}

Url = Callable[..., Awaitable[tuple[int, dict[str, Any], Any]]]


def install(server: Server, _settings: Settings) -> None:
    """Lets function URLs pass streams on."""
    functions = server["functions"]
    functions.handle_function_url_request = _url(functions, functions.handle_function_url_request)


def _url(functions: Any, original: Url) -> Url:
    async def handle(
        url: str, method: str, path: str, headers: dict[str, str], *more: Any, **options: Any
    ) -> Any:
        resolved = options.get("resolved") or functions.resolve_function_url(url)
        if resolved is None or resolved[4].get("InvokeMode") != "RESPONSE_STREAM":
            return await original(url, method, path, headers, *more, **options)
        channel = Channel(asyncio.get_running_loop())
        outside = AWAITED.set(channel)
        invocation = asyncio.ensure_future(original(url, method, path, headers, *more, **options))
        AWAITED.reset(outside)
        pieces = channel.chunks()
        opening = asyncio.ensure_future(_opened(channel, pieces))
        await asyncio.wait({invocation, opening}, return_when=asyncio.FIRST_COMPLETED)
        if not channel.started:
            opening.cancel()
            return await invocation
        status, own, first = await opening
        cors = functions._function_url_cors_headers(resolved[4], headers)  # noqa: SLF001
        return status, own | cors, _relayed(channel, first, pieces, invocation)

    return handle


async def _opened(channel: Channel, pieces: AsyncIterator[bytes]) -> tuple[int, dict[str, Any], bytes]:
    """Status, headers and the beginning of the body, as soon as they are known."""
    await anext(pieces)
    if channel.content_type != WITH_PRELUDE:
        return 200, {"Content-Type": channel.content_type}, b""
    received = b""
    async for piece in pieces:
        received += piece
        if SEPARATOR in received:
            break
    return opening(received)


def opening(received: bytes) -> tuple[int, dict[str, Any], bytes]:
    """Status, headers and the beginning of the body out of the beginning of a response with a prelude."""
    prelude, separator, body = received.partition(SEPARATOR)
    try:
        said = json.loads(prelude)
        headers = {"Content-Type": "application/octet-stream"}
        for name, value in (said.get("headers") or {}).items():
            headers = {key: kept for key, kept in headers.items() if key.lower() != name.lower()}
            headers[name] = str(value)
        cookies = {"Set-Cookie": list(said["cookies"])} if said.get("cookies") else {}
        status = int(said.get("statusCode", 200))
    except (ValueError, TypeError, AttributeError):
        separator = b""
    if not separator:
        return 502, {"Content-Type": "application/json"}, json.dumps(_UNREADABLE).encode()
    return status, headers | cookies, body


def _relayed(
    channel: Channel, first: bytes, pieces: AsyncIterator[bytes], invocation: asyncio.Future[Any]
) -> Any:
    async def send_all(send: Callable[[dict[str, Any]], Awaitable[None]], _receive: object) -> None:
        async def send_one(body: bytes, *, more: bool) -> None:
            await send({"type": "http.response.body", "body": body, "more_body": more})

        await send_one(first, more=True)
        async for piece in pieces:
            await send_one(piece, more=True)
        # Until then the function takes no other event: whoever asks again at once would meet another cold start.
        await invocation
        if channel.complete:
            # Without it the client knows that this was not all.
            await send_one(b"", more=False)

    return import_module("ministack.core.responses").StreamingResponse(send_all)
