"""However a well-formed response is cut and framed, the result is the same; whatever is not one is an error."""

import itertools
from collections.abc import Iterable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_server import Answer, FedConnection, Got, ScriptedServer
from thaw_runtime.connection import HEAD_LIMIT, RuntimeApiError

pytestmark = pytest.mark.usefixtures("either_way")

REQUEST = b"GET /next HTTP/1.1\r\nHost: here\r\n\r\n"
BODIES = st.binary(max_size=200)
INTERIM = st.sampled_from(
    [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"]
)
STATUS_LINES = st.sampled_from([b"HTTP/1.1 200 OK", b"HTTP/1.1 202 ", b"HTTP/1.1 413", b"HTTP/1.0 500 N\xf6"])


def odd_case(name: bytes) -> st.SearchStrategy[bytes]:
    return st.sampled_from([name, name.lower(), name.upper(), name.swapcase()])


@st.composite
def chunked(draw: st.DrawFn, body: bytes) -> bytes:
    """The body in chunks of any sizes, with extensions, leading zeros, either case, and trailers."""
    encoded, position = b"", 0
    while position < len(body):
        size = draw(st.integers(1, len(body) - position))
        digits = draw(st.sampled_from([f"{size:x}", f"{size:X}", f"000{size:x}"])).encode()
        extension = draw(st.sampled_from([b"", b";name=value", b' ; name="quoted;value"']))
        encoded += digits + extension + b"\r\n" + body[position : position + size] + b"\r\n"
        position += size
    trailers = draw(st.sampled_from([b"", b"Digest: 1\r\n", b"A: 1\r\nB: 2\r\n"]))
    return encoded + draw(st.sampled_from([b"0", b"00", b"0;last"])) + b"\r\n" + trailers + b"\r\n"


@st.composite
def responses(draw: st.DrawFn) -> tuple[bytes, str, bytes]:
    """The bytes of a response, what the server does behind it, and the body that it carries."""
    body = draw(BODIES)
    framing = draw(st.sampled_from(["length", "chunked", "close"]))
    fields = [b"X-Repeated: first", draw(odd_case(b"X-Repeated")) + b":\t last \t", b"Empty:"]
    encoded = body
    if framing == "length":
        line = draw(odd_case(b"Content-Length")) + b": %d" % len(body)
        fields += [line] * draw(st.integers(1, 2))
    elif framing == "chunked":
        fields.append(draw(odd_case(b"Transfer-Encoding")) + b": " + draw(odd_case(b"chunked")))
        encoded = draw(chunked(body))
    head = b"\r\n".join([draw(STATUS_LINES), *draw(st.permutations(fields)), b"", b""])
    before = b"".join(draw(st.lists(INTERIM, max_size=2)))
    return before + head + encoded, "close" if framing == "close" else "keep", body


def cut(data: bytes, positions: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted({position % (len(data) + 1) for position in positions}), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def exchange(*answers: Answer) -> list[Got]:
    with ScriptedServer(*answers) as server, FedConnection(server) as connection:
        return [Got(*connection.exchange(REQUEST)) for _ in answers]


CUTS = st.lists(st.integers(0, 2000), max_size=12)


@given(responses(), CUTS)
def test_a_response_is_the_same_however_it_is_cut(
    response: tuple[bytes, str, bytes], cuts: list[int]
) -> None:
    data, then, body = response
    (got,) = exchange(Answer(cut(data, cuts), then))
    assert (got.body, got.headers["empty"]) == (body, "")


@given(responses(), responses(), CUTS, CUTS)
def test_the_next_response_over_the_same_connection_is_whole_too(
    first: tuple[bytes, str, bytes],
    second: tuple[bytes, str, bytes],
    first_cuts: list[int],
    second_cuts: list[int],
) -> None:
    answers = [
        Answer(cut(data, cuts), then)
        for (data, then, _), cuts in ((first, first_cuts), (second, second_cuts))
    ]
    assert [got.body for got in exchange(*answers)] == [first[2], second[2]]


def test_a_response_may_come_byte_by_byte() -> None:
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    (got,) = exchange(Answer([data[index : index + 1] for index in range(len(data))]))
    assert (got.status, got.body) == (200, b"abc")


def test_of_repeated_headers_the_last_counts() -> None:
    (got,) = exchange(Answer([b"HTTP/1.1 200 OK\r\nA: 1\r\nb: 3\r\na: 2\r\nContent-Length: 0\r\n\r\n"]))
    assert got.headers == {"a": "2", "b": "3", "content-length": "0"}


def test_chunks_win_over_a_length() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
    (got,) = exchange(Answer([head + b"2\r\nab\r\n0\r\n\r\n"]))
    assert got.body == b"ab"


def test_a_204_has_no_body_and_keeps_the_connection() -> None:
    (got,) = exchange(Answer([b"HTTP/1.1 204 No Content\r\n\r\n"]))
    assert got.body == b""


@settings(max_examples=150)
@given(
    responses().filter(lambda each: each[1] == "keep"),
    st.integers(0, 2000),
    st.sampled_from(["close", "reset"]),
)
def test_a_response_that_ends_early_is_never_taken_as_whole(
    response: tuple[bytes, str, bytes], length: int, then: str
) -> None:
    data, _, _ = response
    with pytest.raises(RuntimeApiError) as caught:
        exchange(Answer([data[: length % len(data)]], then))
    assert "\n" not in str(caught.value)


@settings(max_examples=150)
@given(
    st.lists(
        st.binary(max_size=60) | st.sampled_from([b"HTTP/1.1 200 OK\r\n", b"Content-Length: ", b"\r\n\r\n"])
    )
)
def test_whatever_comes_is_a_response_or_one_kind_of_error(pieces: list[bytes]) -> None:
    with suppress(RuntimeApiError):
        assert exchange(Answer(pieces, "close"))


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
MALFORMED = {
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "HTTP/2": b"HTTP/2 200 OK\r\n\r\n",
    "no status": b"HTTP/1.1\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "a status that is no number": b"HTTP/1.1 2x0 OK\r\n\r\n",
    "digits that are not ASCII": b"HTTP/1.1 2\xb20 OK\r\n\r\n",
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "a signed length": HEAD + b"Content-Length: +1\r\n\r\na",
    "an empty length": HEAD + b"Content-Length:\r\n\r\n",
    "a length in hexadecimal": HEAD + b"Content-Length: 0x1\r\n\r\na",
    "a length with a separator": HEAD + b"Content-Length: 1_0\r\n\r\n0123456789",
    "two different lengths": HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length no machine has": HEAD + b"Content-Length: 99999999999999999999\r\n\r\n",
    "a length of 5,000 digits": HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "no chunk size": CHUNKED + b"\r\nabc\r\n",
    "a chunk size that is no number": CHUNKED + b"xyz\r\nabc\r\n",
    "a chunk size with 0x": CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n",
    "a negative chunk size": CHUNKED + b"-3\r\nabc\r\n0\r\n\r\n",
    "a chunk size no machine has": CHUNKED + b"f" * 40 + b"\r\n",
    "a chunk longer than its size": CHUNKED + b"2\r\nabc\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_response_is_an_error_of_one_line(data: bytes) -> None:
    with pytest.raises(RuntimeApiError) as caught:
        exchange(Answer([data]))
    assert len(str(caught.value).splitlines()) == 1


ENDLESS = {
    "a status line": (b"", b"a" * 65536),
    "headers": (HEAD, b"Name: value\r\n" * 5000),
    "a chunk's extension": (CHUNKED + b"1;", b"a" * 65536),
    "trailers": (CHUNKED + b"0\r\n", b"Name: value\r\n" * 5000),
}


@pytest.mark.parametrize(("start", "more"), ENDLESS.values(), ids=ENDLESS.keys())
def test_what_has_no_end_is_an_error_before_memory_ends(start: bytes, more: bytes) -> None:
    enough = HEAD_LIMIT // len(more) * 2
    with pytest.raises(RuntimeApiError, match="more than 1048576 bytes"):
        exchange(Answer([start, *[more] * enough]))
