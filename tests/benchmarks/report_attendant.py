"""The process inside the report's task root: serves requests from a Runtime API that reads streamed responses.

It is copied beside ``thaw_cli.bench.attendant``, which it is like, and runs on the same bundled interpreter.
"""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from constructs_lib.bundling.runtime_api import Request, RuntimeApi, UnexpectedRequestError
from thaw_cli.bench.measure import Case, run

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
    """Answers requests until the input ends."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1) as answers:
        # The function logs a line for each request.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        for line in sys.stdin:
            answers.write(json.dumps(_answer(json.loads(line))) + "\n")


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    described = request["case"]
    case = Case(**{**described, "folder": Path(described["folder"])})
    try:
        with StreamingRuntimeApi() as api:
            return asdict(run(case, api, invocations=request["invocations"]))
    except (UnexpectedRequestError, OSError) as error:
        return {"error": f"{type(error).__name__}: {error}"}
