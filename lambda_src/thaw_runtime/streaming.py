"""Responses that are sent while they are being made.

For handlers, which import ``Response``: ``from thaw_runtime import streaming``. The runtime itself imports this where a
handler streams and nowhere else, so that it is on no other function's bill.
Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
"""

from thaw_runtime.codec import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Between the description of an HTTP response and its body.
# Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
SEPARATOR = bytes(8)


class Response:
    """An HTTP response whose body is sent while it is being made; a handler returns it.

    For functions behind a function URL with ``InvokeMode.RESPONSE_STREAM`` or an API with response transfer mode STREAM.
    Whoever calls such a function by ``InvokeWithResponseStream`` gets status, headers and cookies as JSON before the body.

    Args:
        body: what to send: str, as UTF-8, or bytes, or anything that yields these, a generator above all. It is asked for
            its first item before anything is sent, and is closed when the response has ended, however it ended.
        status: of HTTP, 100 to 599.
        headers: names and values; a Content-Type is not added.
        cookies: values of Set-Cookie, one string for each cookie.

    Raises:
        TypeError: one of them is of another type.
        ValueError: the status is none, or a header or a cookie contains a line end or a NUL.
    """

    __slots__ = ("body", "cookies", "headers", "status")

    def __init__(
        self,
        body: "Iterable[str | bytes] | str | bytes",
        *,
        status: int = 200,
        headers: "Mapping[str, str] | None" = None,
        cookies: "Iterable[str]" = (),
    ) -> None:
        if isinstance(body, dict) or not hasattr(body, "__iter__"):
            raise TypeError(
                f"body is of type {type(body).__name__}; it must be str, bytes, or yield these one by one"
            )
        if isinstance(cookies, (str, bytes)):
            raise TypeError(
                f"cookies is of type {type(cookies).__name__}; it must have one str for each cookie"
            )
        self.body = body
        self.status = _status(status)
        self.headers = dict(headers or {})
        self.cookies = list(cookies)
        for name, value in self.headers.items():
            _check_line(name, "the name of a header")
            _check_line(value, f"the header {name}")
        for cookie in self.cookies:
            _check_line(cookie, "a cookie")

    def prelude(self) -> bytes:
        """What Lambda reads before the body: everything else as JSON, and the end of it."""
        described = {"statusCode": self.status, "headers": self.headers, "cookies": self.cookies}
        return encode(described) + SEPARATOR


def _status(status: int) -> int:
    if isinstance(status, bool) or not isinstance(status, int):
        raise TypeError(f"status is of type {type(status).__name__}; it must be int")
    if not 100 <= status < 600:
        raise ValueError(f"status is {status}; it must be from 100 to 599")
    return int(status)  # an HTTPStatus is an int that the encoder would write by its name


def _check_line(text: str, what: str) -> None:
    if not isinstance(text, str):
        raise TypeError(f"{what} is of type {type(text).__name__}; it must be str")
    if any(character in text for character in "\r\n\0"):
        raise ValueError(f"{what} is {text[:80]!r}; it must not contain line ends or NULs")
