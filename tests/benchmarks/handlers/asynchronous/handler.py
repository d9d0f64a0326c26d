"""Hello world, to be awaited, in the ways there are; and what streams."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

PIECE = bytes(1 << 16)


def plain(event: Any, context: object) -> Any:
    """Returns the event; ``asyncio`` is imported beside it all the same."""
    return event


async def awaited(event: Any, context: object) -> Any:
    """The same, awaited by the runtime."""
    await asyncio.sleep(0)
    return event


def run_each(event: Any, context: object) -> Any:
    """The same on an event loop of each invocation's own, as where the runtime awaits nothing."""
    return asyncio.run(awaited(event, context))


async def handle(event: dict[str, int], context: object) -> AsyncIterator[str | bytes]:
    """Yields nanoseconds of the monotonic clock, which all processes of a machine share, then 64 KiB a piece."""
    await asyncio.sleep(0)
    yield str(time.monotonic_ns())
    for _ in range(event["pieces"]):
        await asyncio.sleep(0)
        yield PIECE
