"""An HTTP request as a function URL hands it over, payload format 2.0.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
"""

from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        query: the query string, encoded, without its question mark.
        headers: by lower-case name.
        body: as it was sent, which is what a signature is made of.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self:
        """Read an event. What it lacks is as in ``GET /``, so that an invocation with ``{}`` shows the page."""
        return cls(
            method=event.get("requestContext", {}).get("http", {}).get("method", "GET"),
            path=event.get("rawPath", "/"),
            query=event.get("rawQueryString", ""),
            headers={name.lower(): value for name, value in event.get("headers", {}).items()},
            body=body_of(event),
        )


def body_of(event: Mapping[str, Any]) -> bytes:
    body = str(event.get("body") or "").encode("utf-8", "surrogatepass")
    if not event.get("isBase64Encoded"):
        return body
    try:
        return b64decode(body, validate=True)
    except Error:
        return b""  # nothing that anybody signed
