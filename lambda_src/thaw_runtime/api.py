"""The calls of the Runtime API that a runtime makes.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import sys

from thaw_runtime import __version__
from thaw_runtime.connection import Connection, RuntimeApiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

    from thaw_runtime.connection import Response
    from thaw_runtime.failure import Failure
    from thaw_runtime.streaming import Stream

__all__ = ["Invocation", "ReportRefusedError", "ResponseRefusedError", "RuntimeApi", "RuntimeApiError"]

PREFIX = "/2018-06-01/runtime"
INVOCATION_ID = "lambda-runtime-invocation-id"
USER_AGENT = f"thaw/{__version__} CPython/{sys.version_info[0]}.{sys.version_info[1]}"
# Lambda counts types of an error, it does not show them; what a server takes as one header ends somewhere.
ERROR_TYPE_LIMIT = 256
# AWS's own runtime sends no cause for X-Ray from this many bytes on.
CAUSE_LIMIT = 1 << 20
# Statuses of /response that concern the response alone; the environment is sound and can report the failure.
REFUSALS = {400: "Function.ResponseRefused", 413: "Function.ResponseSizeTooLarge"}


class ResponseRefusedError(Exception):
    """The Runtime API did not take a handler's response, for its size for example."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


class ReportRefusedError(RuntimeApiError):
    """The Runtime API expects no report of a failure: it regards the invocation as answered."""


class Invocation:
    """An event that waits for its response.

    Attributes:
        request_id: the id under which it must be answered.
        headers: everything the Runtime API said about it; names in lower case.
        body: the event as it was sent.
    """

    __slots__ = ("body", "headers", "request_id")

    def __init__(self, request_id: str, headers: dict[str, str], body: bytes) -> None:
        self.request_id = request_id
        self.headers = headers
        self.body = body


class RuntimeApi:
    """A client of the Runtime API over one keep-alive connection, for one invocation at a time."""

    __slots__ = ("_connection", "_echo", "_fields", "_next")

    def __init__(self, host: str, port: int) -> None:
        self._connection: Connection | _Forsaken = Connection(host, port)
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._fields = f"Host: {address}\r\nUser-Agent: {USER_AGENT}\r\n"
        self._next = f"GET {PREFIX}/invocation/next HTTP/1.1\r\n{self._fields}\r\n".encode()
        # What Lambda wants back with the answer to an invocation, where it sent one.
        self._echo = ""

    def invocations(self) -> "Iterator[Invocation]":
        """Yields invocations for as long as the environment lives.

        Raises:
            RuntimeApiError: the Runtime API answered with anything but an invocation.
        """
        while True:
            status, headers, body = self._connection.exchange(self._next)
            request_id = headers.get("lambda-runtime-aws-request-id")
            if status != 200 or not request_id or not _is_printable(request_id):
                raise RuntimeApiError(f"no invocation but status {status}: {body[:200]!r}")
            self._echo = _echo(headers[INVOCATION_ID]) if INVOCATION_ID in headers else ""
            yield Invocation(request_id, headers, body)

    def forsake(self) -> None:
        """Lets go of the connection in a child of this process: what is said over it is said by both.

        A child that comes back from the handler would answer the same invocation, and take the next one; it is ended when it
        wants to.
        """
        self._connection = _Forsaken()

    def respond(self, request_id: str, body: bytes, content_type: str) -> None:
        """Delivers a handler's response.

        Raises:
            ResponseRefusedError: the response was not taken, and an error can be reported in its place.
            RuntimeApiError: the Runtime API cannot go on.
        """
        response = self._post(f"/invocation/{request_id}/response", body, content_type, self._echo)
        _expect_taken(response, len(body))

    def stream(self, request_id: str, stream: "Stream") -> None:
        """Delivers a handler's response while it is being made, and closes the stream.

        Raises:
            ResponseRefusedError: the response was not taken; what was sent of it is lost.
            RuntimeApiError: the Runtime API cannot go on.
        """
        head = (
            f"POST {PREFIX}/invocation/{request_id}/response HTTP/1.1\r\n"
            f"{self._fields}{self._echo}{stream.headers}\r\n"
        )
        try:
            response = self._connection.exchange_pieces(stream.pieces(head.encode("ascii")))
        finally:
            stream.close()
        _expect_taken(response, stream.size)

    def fail(self, request_id: str, failure: "Failure") -> None:
        """Reports that a handler failed.

        Raises:
            ReportRefusedError: the invocation has been answered.
            RuntimeApiError: the Runtime API cannot go on.
        """
        cause = failure.cause()
        xray = f"Lambda-Runtime-Function-XRay-Error-Cause: {cause}\r\n" if len(cause) < CAUSE_LIMIT else ""
        self._report(f"/invocation/{request_id}/error", failure, headers=self._echo + xray)

    def fail_init(self, failure: "Failure", error_type: str | None = None) -> None:
        """Reports that the init phase failed, as one of the given type; the process is expected to exit."""
        self._report("/init/error", failure, error_type)

    def wait_for_restore(self) -> None:
        """Returns once Lambda has made its snapshot (SnapStart), in each environment that goes on from there.

        Raises:
            RuntimeApiError: the Runtime API cannot go on.
        """
        request = f"GET {PREFIX}/restore/next HTTP/1.1\r\n{self._fields}\r\n".encode()
        _expect_accepted(self._connection.exchange(request), RuntimeApiError)

    def fail_restore(self, failure: "Failure", error_type: str) -> None:
        """Reports that this environment cannot go on from Lambda's snapshot; the process is expected to exit."""
        self._report("/restore/error", failure, error_type)

    def _report(
        self, path: str, failure: "Failure", error_type: str | None = None, headers: str = ""
    ) -> None:
        headers += f"Lambda-Runtime-Function-Error-Type: {in_header(error_type or failure.error_type)}\r\n"
        response = self._post(path, failure.body(), "application/json", headers)
        _expect_accepted(response, ReportRefusedError if response[0] == 403 else RuntimeApiError)

    def _post(self, path: str, body: bytes, content_type: str, headers: str) -> "Response":
        head = (
            f"POST {PREFIX}{path} HTTP/1.1\r\n{self._fields}{headers}"
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return self._connection.exchange(head.encode("ascii"), body)


class _Forsaken:
    """The connection of another process."""

    def exchange(self, *_request: object) -> "NoReturn":
        raise SystemExit(
            "thaw_runtime: a child process came back from the handler; it has to end by os._exit"
        )

    exchange_pieces = exchange


def _echo(invocation_id: str) -> str:
    if not invocation_id or not _is_printable(invocation_id):
        return ""
    return f"Lambda-Runtime-Invocation-Id: {invocation_id}\r\n"


def in_header(error_type: str) -> str:
    """The type of an error as a header may have it: the name of an exception's class may hold anything, line ends included."""
    text = "".join(character if _is_printable(character) else "?" for character in error_type)
    return text[:ERROR_TYPE_LIMIT]


def _is_printable(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _expect_taken(response: "Response", size: int) -> None:
    status, _, body = response
    if status in REFUSALS:
        text = body[:200].decode("utf-8", "replace")
        raise ResponseRefusedError(
            REFUSALS[status], f"the response of {size} bytes was refused with status {status}: {text}"
        )
    _expect_accepted(response, RuntimeApiError)


def _expect_accepted(response: "Response", error: type[RuntimeApiError]) -> None:
    status, _, body = response
    if not 200 <= status < 300:
        raise error(f"the Runtime API answered with status {status}: {body[:200]!r}")
