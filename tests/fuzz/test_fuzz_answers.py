"""Whatever the Runtime API answers, each invocation is answered, and the runtime ends with one line that says why."""

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.fuzz.wire import Wire, run, unanswered

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
ODD = st.sampled_from(
    [
        *(
            b"",
            b"\r\n",
            b"\n",
            b"\0",
            b" ",
            b"\xff",
            b":",
            b"\xb2",
            b"-1",
            b"+5",
            b"0x10",
            b"1_0",
            b"9" * 5000,
        ),
        *(
            b"NaN",
            b"null",
            b'{"a": ',
            b'{"a": "\xed\xa0\x80"}',
            b"[" * 5000,
            b"1e999",
            b'"\\ud800"',
            b'"streamed"',
            b"\xef\xbb\xbf{}",
        ),
    ]
)
VALUES = ODD | st.binary(max_size=40).map(lambda value: value.replace(b"\r\n", b""))
TOLD = [
    *(
        b"Content-Type",
        b"Lambda-Runtime-Deadline-Ms",
        b"Lambda-Runtime-Trace-Id",
        b"Lambda-Runtime-Client-Context",
    ),
    *(b"Lambda-Runtime-Cognito-Identity", b"Lambda-Runtime-Aws-Tenant-Id", b"Lambda-Runtime-Invocation-Id"),
]
FRAMING = [b"Content-Length", b"Transfer-Encoding", b"Connection", b"Lambda-Runtime-Aws-Request-Id"]
STATUS_LINES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 202 Accepted",
        b"HTTP/1.1 400 Bad",
        b"HTTP/1.1 403 No",
        b"HTTP/1.1 413 Large",
        b"HTTP/1.1 500 Broken",
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.1 204 None",
        b"HTTP/1.1 -20 OK",
        b"HTTP/1.1 2e2 OK",
        b"HTTP/2 200",
        b"HTTP/1.1",
        b"",
        b"ICY 200 OK",
        b"HTTP/1.1 \xb2\xb2\xb2 OK",
        b"HTTP/1.1  200 OK",
    ]
)
CUTS = st.lists(st.integers(0, 3000), max_size=5)


@st.composite
def heads(draw: st.DrawFn, *fields: bytes) -> bytes:
    """A status line and fields, some of which may be anything."""
    odd = draw(
        st.lists(
            st.builds(b"%b: %b".__mod__, st.tuples(st.sampled_from(TOLD + FRAMING), VALUES)) | VALUES,
            max_size=4,
        )
    )
    return b"\r\n".join([draw(STATUS_LINES), *draw(st.permutations([*fields, *odd])), b"", b""])


@st.composite
def invocations(draw: st.DrawFn) -> bytes:
    """An invocation that is framed as it should be; what is in its other fields and its body may be anything."""
    odd = draw(st.lists(st.tuples(st.sampled_from(TOLD), VALUES), max_size=4))
    body = draw(st.binary(max_size=60) | ODD)
    fields = [b"%b: %b" % pair for pair in odd]
    request_id = b"Lambda-Runtime-Aws-Request-Id: id-%d" % draw(st.integers(0, 9))
    if draw(st.booleans()):
        framing, body = (
            b"Transfer-Encoding: chunked",
            b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n",
        )
    else:
        framing = b"Content-Length: %d" % len(body)
    return b"\r\n".join([b"HTTP/1.1 200 OK", request_id, *fields, framing, b"", body])


@st.composite
def mutated(draw: st.DrawFn, valid: bytes) -> bytes:
    """The same with a stretch of it replaced."""
    start, size = draw(st.integers(0, len(valid))), draw(st.integers(0, 30))
    return valid[:start] + draw(ODD | st.binary(max_size=30)) + valid[start + size :]


def answers() -> st.SearchStrategy[bytes]:
    """Anything from what is right to what is no answer at all."""
    right = invocations() | st.just(ACCEPTED)
    wrong = right.flatmap(mutated)
    body = st.binary(max_size=60) | ODD
    return st.one_of(right, wrong, st.builds(bytes.__add__, heads(), body), st.binary(max_size=100), ODD)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted({each % (len(data) + 1) for each in cuts}), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


EITHER_WAY = pytest.mark.parametrize("accelerated", [False, True], ids=["in Python", "accelerated"])


def received(answers: st.SearchStrategy[bytes]) -> st.SearchStrategy[list[bytes]]:
    """An answer in the pieces in which it comes."""
    return st.builds(cut, answers, CUTS)


@EITHER_WAY
@settings(max_examples=200)
@given(answers=st.lists(received(answers()), min_size=1, max_size=8))
@example(
    answers=[
        [
            b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\nContent-Length: "
            + b"9" * 5000
            + b"\r\n\r\n{}"
        ]
    ]
)
@example(
    answers=[
        [b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\nContent-Length: 99999999999\r\n\r\n{}"]
    ]
)
@example(
    answers=[
        [b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\nLambda-Runtime-Trace-Id: \0\r\n\r\n{}"]
    ]
)
@example(answers=[[b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * (10 << 20 >> 3)]])
@example(answers=[[b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * (10 << 20)]])
def test_whatever_is_received_there_is_an_end_with_a_reason_in_one_line(
    *, accelerated: bool, answers: list[list[bytes]]
) -> None:
    reason = run(Wire(answers), accelerated=accelerated)
    assert len(reason.splitlines()) == 1
    assert reason.isprintable()


@EITHER_WAY
@settings(max_examples=200)
@given(
    served=st.lists(
        st.tuples(received(invocations()), received(answers() | st.just(ACCEPTED))), min_size=1, max_size=4
    )
)
def test_an_invocation_that_was_taken_is_answered_under_its_id(
    *, accelerated: bool, served: list[tuple[list[bytes], list[bytes]]]
) -> None:
    wire = Wire([*itertools.chain(*served)])
    run(wire, accelerated=accelerated)
    assert "invoked" in wire.told[1]
    assert unanswered(wire) == []
