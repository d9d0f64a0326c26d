"""Reads HTTP/1.1's chunked coding, as strictly as RFC 9112 has it, trailers included."""

from collections.abc import Callable, Iterator
from http.client import HTTPMessage, parse_headers
from io import BufferedIOBase


def chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    """The chunks of a body, up to the last one and without it.

    Raises:
        ValueError: the body is malformed, or ends early.
    """
    while size := int(_line(stream), 16):
        chunk = stream.read(size)
        if len(chunk) != size or _line(stream):
            raise ValueError(f"a chunk of {size} bytes is not followed by a line end")
        yield chunk


def body(stream: BufferedIOBase, taken: Callable[[bytes], object] = len) -> tuple[list[bytes], HTTPMessage]:
    """The chunks of a body and its trailers; ``taken`` is called with each chunk as it comes.

    Raises:
        ValueError: the body is malformed, or ends early.
    """
    read = []
    for chunk in chunks(stream):
        read.append(chunk)
        taken(chunk)
    return read, parse_headers(stream)


def _line(stream: BufferedIOBase) -> bytes:
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise ValueError(f"a line ends early: {line[:80]!r}")
    return line[:-2]
