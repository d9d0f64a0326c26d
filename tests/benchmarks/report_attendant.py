"""The process inside the report's task root: serves requests from a Runtime API that reads streamed responses.

It is copied beside the package that ``thaw_cli.bench.attendant`` is in, and runs on the same bundled interpreter.
"""

import os
from pathlib import Path

from constructs_lib.bundling.runtime_api import Request, RuntimeApi
from thaw_cli.bench import attendant

# Where a task root shows the scratch folder.
EVENT = Path("/tmp/event.json")


class StreamingRuntimeApi(RuntimeApi):
    """Takes responses in the chunked coding as well (RFC 9112, 7.1); trailers are read and not looked at.

    Its event is what lies in the scratch folder.
    """

    def invoke(self, _: bytes) -> tuple[bytes, int]:
        return super().invoke(EVENT.read_bytes())

    def _read_request(self) -> Request:
        request = super()._read_request()
        if not request.line.startswith("POST") or request.body:
            return request
        body = b""
        while size := int(self._line(), 16):
            body += self._take(size)
            self._line()
        while self._line():
            pass
        return Request(request.line, body)

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            self._receive()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._receive()
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken


def serve() -> None:
    """Answers requests until the input ends; the line that the function logs for each of its own goes nowhere."""
    attendant.serve(StreamingRuntimeApi, prints=os.open(os.devnull, os.O_WRONLY))
