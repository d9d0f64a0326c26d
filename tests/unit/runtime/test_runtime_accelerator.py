"""The accelerator settles what is plain by itself, leaves the rest alone, and leaves nothing behind.

That what it settles is right is looked at where the runtime is tested with it and without: ``either_way``.
"""

import gc
import json
import socket
import sys
from collections import OrderedDict, namedtuple
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import accelerator

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT | st.integers(), inner, max_size=4),
    max_leaves=15,
)  # fmt: skip
Point = namedtuple("Point", "x y")  # noqa: PYI024 - typing's is made with this one
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id:id-1\r\n"
    b"Empty:\r\nPadded:   a b  \r\nContent-Length: 2\r\n\r\n{}"
)


def received(answer: bytes) -> Any:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(answer)
        return accelerator.compiled().exchange(ours, b"", b"")


@given(PLAIN)
def test_plain_documents_are_read_without_python(value: Any) -> None:
    assert accelerator.compiled().decode(json.dumps(value).encode()) == json.loads(json.dumps(value))


@given(PLAIN, st.booleans())
def test_plain_values_are_written_without_python(value: Any, ascii_only: bool) -> None:  # noqa: FBT001 - of hypothesis
    written = accelerator.compiled().encode(value, ascii_only)
    assert written == json.dumps(value, ensure_ascii=ascii_only).encode()


def deep(levels: int) -> Any:
    return [] if levels == 0 else [deep(levels - 1)]


def endless() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    "value",
    [
        *(Point(1, 2), OrderedDict(a=1), Decimal(1), HTTPStatus.OK, {HTTPStatus.OK: 1}, b"", {1.5: 1}, {None: 1}),
        *(float("nan"), float("inf"), "\ud800", {"\ud800": 1}, deep(100), endless(), object()),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_is_not_plain_is_left_to_python(value: Any) -> None:
    with pytest.raises(ValueError, match="for Python"):
        accelerator.compiled().encode([value], True)  # noqa: FBT003 - it takes no names


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b" ", b"nul", b"NaN", b"-Infinity", b"01", b"1.", b".5", b"1e", b"-", b"+1", b"1 2", b"1\0", b"\0"),
        *(b"[1,]", b"[", b"[1", b"[1;", b'{"a":1,}', b'{"a"}', b"{a:1}", b'{"a":', b'"a', b'"\\', b'"\\x"', b'"\n"'),
        *(rb'"\ud800"', rb'"\ud800\u0041"', rb'"\udc00"', rb'"\u12"', rb'"\u12g4"', b'"\xff"', b'"\xed\xa0\x80"'),
        *(b"\xef\xbb\xbf1", b"[" * 100 + b"]" * 100, b"1" * 65, b"\xe4"),
    ],
)  # fmt: skip
def test_what_is_odd_or_no_json_is_left_to_python(body: bytes) -> None:
    with pytest.raises(ValueError, match="for Python"):
        accelerator.compiled().decode(body)


def test_a_plain_answer_is_read_without_python() -> None:
    headers = {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": "id-1",
        "empty": "",
        "padded": "a b",
        "content-length": "2",
    }
    assert received(ANSWER) == (200, headers, b"{}")


@pytest.mark.parametrize(
    "answer",
    [
        ANSWER[:-1],
        ANSWER + b"x",
        ANSWER[:40],
        ANSWER.replace(b"1.1 200", b"1.0 200"),
        ANSWER.replace(b"200 OK", b"100 Continue"),
        ANSWER.replace(b"200 OK", b"2000 OK"),
        ANSWER.replace(b"200 OK", b"200"),
        ANSWER.replace(b"200 OK", b"200 O\0K"),
        ANSWER.replace(b"Padded:", b"Transfer-Encoding: chunked\r\nPadded:"),
        ANSWER.replace(b"Padded:", b"Connection: close\r\nPadded:"),
        ANSWER.replace(b"Padded:", b"Content-Length: 2\r\nPadded:"),
        ANSWER.replace(b"Padded:", b"Padded"),
        ANSWER.replace(b"Padded:", b"Padded :"),
        ANSWER.replace(b"Padded:", b"a" * 65 + b":"),
        ANSWER.replace(b"Padded:", b":"),
        ANSWER.replace(b"a b", b"a\tb"),
        ANSWER.replace(b"a b", b"\xc3\xbc"),
        ANSWER.replace(b"a b", b"a\rb"),
        ANSWER.replace(b"Length: 2", b"Length: +2"),
        ANSWER.replace(b"Length: 2", b"Length: 0000000002"),
        ANSWER.replace(b"Length: 2", b"Length:"),
        ANSWER.replace(b"Content-Length: 2\r\n", b""),
        ANSWER.replace(b"\r\n", b"\n"),
    ],
)
def test_an_answer_that_is_not_plain_is_left_as_it_came(answer: bytes) -> None:
    assert received(answer) == answer


@given(st.integers(0, len(ANSWER)), st.integers(0, len(ANSWER)), st.binary(max_size=6))
def test_a_mangled_answer_is_read_or_left_as_it_came(start: int, end: int, put: bytes) -> None:
    answer = ANSWER[:start] + put + ANSWER[end:]
    read = received(answer or b"\0")
    assert read == (answer or b"\0") or (isinstance(read, tuple) and answer.endswith(b"\r\n\r\n" + read[2]))


@pytest.mark.parametrize("arguments", [(), (1, b"", b""), (None, b"", b""), (0, "", b""), (0, b"", None)])
def test_arguments_of_other_types_are_an_error(arguments: tuple[Any, ...]) -> None:
    with pytest.raises((TypeError, OSError)):
        accelerator.compiled().exchange(*arguments)


@pytest.mark.parametrize("body", ["{}", bytearray(b"{}"), None])
def test_a_body_that_is_not_bytes_is_an_error(body: Any) -> None:
    with pytest.raises(TypeError):
        accelerator.compiled().decode(body)


DOCUMENTS = [
    *(b'{"a": [1, 2.5, "\\u00e4\\n", {"a": null, "b": true}], "b": "x", "c": 123456789012345678901234567890}',),
    *(b'{"a": [1, "x", {"b": [', b'{"a": 1, "a": "\xff"}', b'["\\ud800"]', b"[[1], [2], {}", b'{"a": {"b": nul}}'),
]  # fmt: skip


def _use_everything() -> None:
    module = accelerator.compiled()
    for document in DOCUMENTS:
        try:
            value = module.decode(document)
        except ValueError:
            continue
        module.encode([value, "é" * 2000], True)  # noqa: FBT003 - it takes no names
        with pytest.raises(ValueError, match="for Python"):
            module.encode([value, object()], False)  # noqa: FBT003
    for answer in (ANSWER, ANSWER[:-1], ANSWER.replace(b"Padded:", b"Padded")):
        received(answer)


def test_nothing_is_left_behind() -> None:
    for _ in range(20):
        _use_everything()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(200):
        _use_everything()
    gc.collect()
    # One block lost by any of the dozen calls would be 200.
    assert sys.getallocatedblocks() - before < 100
