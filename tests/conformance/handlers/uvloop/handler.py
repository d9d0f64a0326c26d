"""A function whose event loop is uvloop's."""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import uvloop
from thaw_runtime import after, shutdown

asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
connections: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
answered: list[str] = []


async def note(line: str) -> None:
    """Is called after the response."""
    await asyncio.sleep(0)
    answered.append(line)


@shutdown.register
async def end() -> None:
    """Is called at the end of the environment."""
    await asyncio.sleep(0)
    sys.stdout.write("ended\n")


async def handle(event: Any, _context: Any) -> list[Any]:
    """Sends a line over one connection for all invocations; returns what came back, whose loop it was, what followed responses."""
    after.defer(note, event["line"])
    if not connections:
        connections.append(await asyncio.open_connection("127.0.0.1", event["port"]))
    reader, writer = connections[0]
    writer.write(event["line"].encode() + b"\n")
    line = await asyncio.wait_for(reader.readline(), 10)
    return [line.decode().strip(), type(asyncio.get_running_loop()).__module__, answered]


async def stream(event: Any, _context: Any) -> AsyncIterator[str]:
    """Streams numbers, and says when it is left."""
    try:
        for number in range(event):
            await asyncio.sleep(0)
            yield str(number)
    finally:
        sys.stdout.write("left\n")
