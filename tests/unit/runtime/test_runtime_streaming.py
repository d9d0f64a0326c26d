"""What a handler yields is sent as it comes."""

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamed import asynchronously, sent, served, streaming
from thaw_runtime.api import USER_AGENT
from thaw_runtime.streaming import COPIED


@pytest.mark.parametrize(
    ("result", "chunks"),
    [
        (streaming(b"a", "ö")({}, None), [b"a", b"\xc3\xb6"]),
        (iter([b"a", b"b"]), [b"a", b"b"]),
        (map(str, [1, 2]), [b"1", b"2"]),
        (BytesIO(b"a\nb"), [b"a\n", b"b"]),
        (iter([]), []),
        (streaming("", b"", "a", "")({}, None), [b"a"]),
        (asynchronously(b"a", "", "ö")({}, None), [b"a", b"\xc3\xb6"]),
        (asynchronously()({}, None), []),
    ],
    ids=[
        *("generator", "iterator", "map", "file", "nothing", "empty items"),
        *("asynchronous generator", "asynchronous nothing"),
    ],
)
def test_what_an_iterator_gives_is_sent_as_chunks(result: Any, chunks: list[bytes]) -> None:
    assert sent(lambda *_: result).chunks == chunks


@given(st.lists(st.binary(max_size=50) | st.text(max_size=50) | st.just(b"a" * (COPIED + 1)), max_size=8))
def test_any_items_arrive_whole_and_in_order(items: list[str | bytes]) -> None:
    whole = [item.encode("utf-8") if isinstance(item, str) else item for item in items]
    assert sent(streaming(*items)).chunks == [item for item in whole if item]


def test_the_request_declares_what_it_is() -> None:
    request = sent(streaming(b"a"))
    assert request.line == "POST /2018-06-01/runtime/invocation/id-0/response HTTP/1.1"
    assert request.headers == {
        "Host": "127.0.0.1:9001",
        "User-Agent": USER_AGENT,
        "Lambda-Runtime-Function-Response-Mode": "streaming",
        "Transfer-Encoding": "chunked",
        "Trailer": "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
        "Content-Type": "application/octet-stream",
    }


def test_the_head_goes_with_the_first_item_and_each_item_goes_alone() -> None:
    pieces = served(streaming(b"one", b"two")).pieces
    assert pieces[0].endswith(b"\r\n\r\n3\r\none\r\n")
    assert pieces[1:] == [b"3\r\ntwo\r\n", b"0\r\n\r\n"]


def test_an_empty_first_item_sends_the_head() -> None:
    assert served(streaming(b"", b"two")).pieces[0].endswith(b"octet-stream\r\n\r\n")


def test_every_invocation_has_a_stream_of_its_own() -> None:
    wire = served(streaming(b"one"), times=2)
    assert [b"id-0" in wire.requests[0], b"id-1" in wire.requests[1]] == [True, True]
