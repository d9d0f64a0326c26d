"""The response object: its description goes before its body, and one that cannot be sent is not made."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamed import asynchronously, sent, served
from thaw_runtime.streaming import PRELUDE_LIMIT, Response

HTTP = "application/vnd.awslambda.http-integration-response"


@pytest.mark.parametrize(
    ("body", "received"),
    [
        ("ö", b"\xc3\xb6"),
        (b"\x00\xff", b"\x00\xff"),
        (["a", b"b"], b"ab"),
        ((), b""),
        ("", b""),
        (asynchronously("a", b"b")({}, None), b"ab"),
    ],
)
def test_a_response_has_its_description_before_its_body(body: Any, received: bytes) -> None:
    response = Response(body, status=201, headers={"X-Name": "ö"}, cookies=["a=1", "b=2"])
    request = sent(lambda *_: response)
    assert request.headers["Content-Type"] == HTTP
    assert json.loads(request.prelude) == {
        "statusCode": 201,
        "headers": {"X-Name": "ö"},
        "cookies": ["a=1", "b=2"],
    }
    assert (request.separator, request.body) == (bytes(8), received)


def test_the_description_of_a_response_goes_with_its_first_item() -> None:
    first = served(lambda *_: Response(iter(["one", "two"]))).pieces[0]
    assert first.endswith(b"\0\0\r\n3\r\none\r\n")


WRONG = {
    "no body": (lambda: Response(None), "body is of type NoneType"),  # type: ignore[arg-type]
    "a dict": (lambda: Response({"a": 1}), "body is of type dict"),
    "a status in words": (lambda: Response("", status="200"), "status is of type str"),  # type: ignore[arg-type]
    "a status that is true": (lambda: Response("", status=True), "status is of type bool"),
    "headers as pairs": (lambda: Response("", headers=[("a", "b")]), "headers is of type list"),  # type: ignore[arg-type]
    "a number in a header": (lambda: Response("", headers={"a": 1}), "the header a is of type int"),  # type: ignore[dict-item]
    "one cookie": (lambda: Response("", cookies="a=1"), "cookies is of type str"),
    "cookies that are none": (lambda: Response("", cookies=5), "cookies is of type int"),  # type: ignore[arg-type]
    "a cookie in bytes": (lambda: Response("", cookies=[b"a"]), "a cookie is of type bytes"),  # type: ignore[list-item]
}
IMPOSSIBLE = {
    "no status": (lambda: Response("", status=99), "status is 99"),
    "a line end in a value": (lambda: Response("", headers={"a": "b\r\nc: d"}), "the header a is"),
    "a line end in a name": (lambda: Response("", headers={"a\n": "b"}), "the name of a header is"),
    "a NUL in a cookie": (lambda: Response("", cookies=["a\0"]), "a cookie is"),
    "too much": (lambda: Response("", headers={"a": "b" * PRELUDE_LIMIT}), "at most 16384"),
}


@pytest.mark.parametrize(("make", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_response_of_wrong_types_is_not_made(make: Callable[[], Response], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        make()


@pytest.mark.parametrize(("make", "message"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_a_response_of_impossible_values_is_not_made(make: Callable[[], Response], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
