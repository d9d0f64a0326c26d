"""How the local cloud reads a response that is sent while it is made."""

import base64
import email
import http.client
import io
import json

import pytest

from thaw_cli.local.additions.function_urls import opening
from thaw_cli.local.additions.streams import chunks, failure_of, readable, take


def trailers(text: str) -> http.client.HTTPMessage:
    return email.message_from_string(text, _class=http.client.HTTPMessage)  # type: ignore[return-value]


def test_the_pieces_of_a_response_are_read_as_they_were_sent() -> None:
    assert list(chunks(io.BytesIO(b"3\r\na\0b\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n"))) == [
        b"a\0b",
        b"0123456789",
    ]


def test_what_comes_after_a_response_is_left_in_the_connection() -> None:
    stream = io.BytesIO(b"1\r\na\r\n0\r\nLambda-Runtime-Function-Error-Type: E\r\n\r\nGET /next")
    take(stream, "text/plain", None)
    assert stream.read() == b"GET /next"


def test_a_response_that_breaks_off_is_none() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        take(io.BytesIO(b"1\r\na\r\n"), "text/plain", None)


def test_bytes_stay_as_they_are() -> None:
    assert take(io.BytesIO(b"2\r\n\xff\0\r\n0\r\n\r\n"), "text/plain", None) == ("response", b"\xff\0")


def test_a_response_that_ends_in_an_error_is_that_error() -> None:
    body = base64.b64encode(json.dumps({"errorType": "E", "errorMessage": "m"}).encode()).decode()
    sent = trailers(f"Lambda-Runtime-Function-Error-Type: E\nLambda-Runtime-Function-Error-Body: {body}\n\n")
    assert failure_of(sent) == {"errorType": "E", "errorMessage": "m"}


def test_an_error_without_a_description_has_its_type() -> None:
    assert failure_of(trailers("Lambda-Runtime-Function-Error-Type: E\n\n")) == {
        "errorType": "E",
        "errorMessage": "",
    }


def test_a_response_without_trailers_ended_well() -> None:
    assert failure_of(trailers("\n")) is None


@pytest.mark.parametrize(
    ("body", "read"), [(b'{"a": 1}', {"a": 1}), (b"<p>", b"<p>"), (b"\xff", b"\xff"), (b"", b"")]
)
def test_a_response_is_json_or_bytes(body: bytes, read: object) -> None:
    assert readable(body) == read


SAID = b'{"statusCode": 418, "headers": {"content-type": "text/html"}, "cookies": ["a=1", "b=2"]}'


def test_a_prelude_has_status_headers_and_cookies() -> None:
    headers = {"content-type": "text/html", "Set-Cookie": ["a=1", "b=2"]}
    assert opening(SAID + bytes(8) + b"<p>\0") == (418, headers, b"<p>\0")


def test_a_prelude_that_says_nothing_is_a_success_of_unknown_type() -> None:
    assert opening(b"{}" + bytes(8)) == (200, {"Content-Type": "application/octet-stream"}, b"")


@pytest.mark.parametrize(
    "received",
    [
        SAID,
        b"<p>" + bytes(8),
        b"[]" + bytes(8),
        b'{"statusCode": "x"}' + bytes(8),
        b"",
        b'{"headers": 1}' + bytes(8),
    ],
)
def test_a_response_without_a_readable_prelude_is_a_bad_gateway(received: bytes) -> None:
    assert opening(received)[0] == 502
