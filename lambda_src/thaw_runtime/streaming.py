"""Responses that are sent while they are being made.

For handlers, which import ``Response``: ``from thaw_runtime import streaming``. The runtime imports this when a handler has
returned what has no form in JSON, so that it is on no other function's bill.
Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
"""

from thaw_runtime.api import in_header
from thaw_runtime.codec import MarshalError, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
    from typing import Any, Self

    from thaw_runtime.failure import Failure

# Between the description of an HTTP response and its body.
# Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
SEPARATOR = bytes(8)
# What comes before the body may be as long.
# Source: the same page
PRELUDE_LIMIT = 16 << 10
# A larger item is sent from where it lies, a smaller one in one call with what frames it.
COPIED = 64 << 10
# Go's HTTP server refuses a body whose trailers do not fit into its buffer, and AWS's emulator is written in Go.
# Source: body.readTrailer of https://go.dev/src/net/http/transfer.go
TRAILERS_LIMIT = 4096


class Response:
    """An HTTP response whose body is sent while it is being made; a handler returns it.

    For functions behind a function URL with ``InvokeMode.RESPONSE_STREAM`` or an API with response transfer mode STREAM.
    Whoever calls such a function by ``InvokeWithResponseStream`` gets status, headers and cookies as JSON before the body.

    Args:
        body: what to send: str, as UTF-8, or bytes, or anything that yields these, a generator above all, asynchronous or
            not. It is asked for its first item before anything is sent, and is closed when the response has ended, however
            it ended.
        status: of HTTP, 100 to 599.
        headers: names and values; a Content-Type is not added.
        cookies: values of Set-Cookie, one string for each cookie.

    Raises:
        TypeError: one of them is of another type.
        ValueError: the status is none; a header or a cookie contains a line end or a NUL; or they are longer than Lambda
            takes, 16 KB together.
    """

    __slots__ = ("body", "cookies", "headers", "status")

    def __init__(
        self,
        body: "Iterable[str | bytes] | AsyncIterable[str | bytes] | str | bytes",
        *,
        status: int = 200,
        headers: "Mapping[str, str] | None" = None,
        cookies: "Iterable[str]" = (),
    ) -> None:
        if isinstance(body, dict) or not (hasattr(body, "__iter__") or hasattr(body, "__aiter__")):
            raise TypeError(
                f"body is of type {_type(body)}; it must be str, bytes, or yield these one by one"
            )
        if isinstance(status, bool) or not isinstance(status, int):
            raise TypeError(f"status is of type {_type(status)}; it must be int")
        if not 100 <= status < 600:
            raise ValueError(f"status is {status}; it must be from 100 to 599")
        if headers is not None and not hasattr(headers, "keys"):
            raise TypeError(f"headers is of type {_type(headers)}; it must map str to str")
        if isinstance(cookies, (str, bytes)) or not hasattr(cookies, "__iter__"):
            raise TypeError(f"cookies is of type {_type(cookies)}; it must have one str for each cookie")
        self.body = body
        self.status = status
        self.headers = dict(headers or {})
        self.cookies = list(cookies)
        for name, value in self.headers.items():
            _check_line(name, "the name of a header")
            _check_line(value, f"the header {name}")
        for cookie in self.cookies:
            _check_line(cookie, "a cookie")
        self.prelude()

    def prelude(self) -> bytes:
        """What Lambda reads before the body: everything else as JSON, and the end of it.

        Raises:
            ValueError: it is longer than Lambda takes.
        """
        described = {"statusCode": self.status, "headers": self.headers, "cookies": self.cookies}
        prelude = encode(described)
        if len(prelude) > PRELUDE_LIMIT:
            raise ValueError(
                f"headers and cookies take {len(prelude)} bytes as JSON; Lambda takes at most {PRELUDE_LIMIT}"
            )
        return prelude + SEPARATOR


class Stream:
    """A handler's result on its way to the Runtime API: is begun, gives its pieces, is closed.

    Attributes:
        content_type: tells Lambda whether the body begins with the description of an HTTP response.
        size: bytes of the body so far, the description of an HTTP response included.
    """

    __slots__ = ("_begun", "_items", "_request_id", "content_type", "size")

    def __init__(self, items: "Iterator[Any]", prelude: bytes, content_type: str, request_id: str) -> None:
        self._items = items
        self._begun = [prelude]
        self._request_id = request_id
        self.content_type = content_type
        self.size = 0

    @classmethod
    def of(cls, result: "Any", request_id: str) -> "Self | None":
        """The stream that a handler's result asks for; None for a result that asks for none."""
        if isinstance(result, Response):
            body = [result.body] if isinstance(result.body, (str, bytes)) else result.body
            content_type = "application/vnd.awslambda.http-integration-response"
            prelude = result.prelude()
            return cls(_iterator(body), prelude, content_type, request_id)
        if hasattr(type(result), "__next__") or hasattr(type(result), "__anext__"):
            return cls(_iterator(result), b"", "application/octet-stream", request_id)
        return None

    @property
    def headers(self) -> str:
        """Those of the request that delivers it."""
        return (
            "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
            "Transfer-Encoding: chunked\r\n"
            "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n"
            f"Content-Type: {self.content_type}\r\n"
        )

    def begin(self) -> None:
        """Takes the first item; as long as there is none, a failure can be reported as any other.

        Raises:
            MarshalError: it is neither str nor bytes.
            Exception: whatever the handler's generator raises.
        """
        try:
            first = self._next()
        except BaseException:
            self.close()
            raise
        self._begun.append(first or b"")

    def pieces(self, head: bytes) -> "Iterator[bytes]":
        """The request that delivers it, as it comes; ends with trailers that tell the failure where there is one."""
        yield head + b"".join(piece for data in self._begun for piece in self._framed(data))
        self._begun.clear()
        try:
            while (data := self._next()) is not None:
                yield from self._framed(data)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is its failure, not the environment's
            yield b"0\r\n" + _trailers(self._logged(error)) + b"\r\n"
        else:
            yield b"0\r\n\r\n"

    def close(self) -> None:
        """Has a generator leave its ``with`` and ``finally`` blocks; what it raises there is logged."""
        if (close := getattr(self._items, "close", None)) is None:
            return
        try:
            close()
        except Exception as error:  # noqa: BLE001 - the response has ended, one way or the other
            self._logged(error)

    def _next(self) -> bytes | None:
        for item in self._items:
            if isinstance(item, bytes):
                return item
            if isinstance(item, str):
                return _utf8(item)
            raise MarshalError(
                f"Unable to stream response: an item is of type {_type(item)}; it must be str or bytes"
            )
        return None

    def _framed(self, data: bytes) -> tuple[bytes, ...]:
        self.size += len(data)
        if not data:
            return ()  # an empty chunk is the last one
        if len(data) <= COPIED:
            return (b"%x\r\n%b\r\n" % (len(data), data),)
        return b"%x\r\n" % len(data), data, b"\r\n"

    def _logged(self, error: Exception) -> "Failure":
        from thaw_runtime.failure import Failure

        failure = Failure.of(error, self._request_id)
        failure.log()
        return failure


def _trailers(failure: "Failure") -> bytes:
    """The failure in trailers; without the outer half of its stack, and so on, where it would not fit."""
    from binascii import b2a_base64

    failure.error_type = in_header(failure.error_type)
    while True:
        body = b2a_base64(failure.body(), newline=False).decode()
        trailers = (
            f"Lambda-Runtime-Function-Error-Type: {failure.error_type}\r\n"
            f"Lambda-Runtime-Function-Error-Body: {body}\r\n"
        )
        if len(trailers) + len("\r\n") <= TRAILERS_LIMIT or not (failure.stack_trace or failure.message):
            return trailers.encode("ascii")
        if failure.stack_trace:
            del failure.stack_trace[: (len(failure.stack_trace) + 1) // 2]
        else:
            failure.message = failure.message[: len(failure.message) // 2]


def _iterator(body: "Any") -> "Iterator[Any]":
    if hasattr(body, "__iter__"):
        return iter(body)
    from thaw_runtime.asynchronous import Items

    return Items(body)


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise MarshalError(f"Unable to stream response: {error}") from error


def _type(value: object) -> str:
    return type(value).__name__


def _check_line(text: str, what: str) -> None:
    if not isinstance(text, str):
        raise TypeError(f"{what} is of type {_type(text)}; it must be str")
    if any(character in text for character in "\r\n\0"):
        raise ValueError(f"{what} is {text[:80]!r}; it must not contain line ends or NULs")
