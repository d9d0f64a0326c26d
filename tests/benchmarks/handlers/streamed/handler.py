"""A function that streams: first the moment at which it yields that, then as many pieces as it is asked for."""

import time
from collections.abc import Iterator

PIECE = bytes(1 << 16)


def handle(event: dict[str, int], context: object) -> Iterator[str | bytes]:
    """Yields nanoseconds of the monotonic clock, which all processes of a machine share, then 64 KiB a piece."""
    yield str(time.monotonic_ns())
    for _ in range(event["pieces"]):
        yield PIECE
