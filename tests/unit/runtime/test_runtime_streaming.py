"""What a handler yields is sent as it comes, and every way in which that can end is told."""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from thaw_runtime.api import USER_AGENT, Invocation, RuntimeApi
from thaw_runtime.connection import Response as Answer
from thaw_runtime.loop import serve
from thaw_runtime.settings import Settings
from thaw_runtime.streaming import COPIED, PRELUDE_LIMIT, TRAILERS_LIMIT, Response

from tests import chunked

HTTP = "application/vnd.awslambda.http-integration-response"


class Wire:
    """Takes requests in the place of the Runtime API, as they come."""

    def __init__(self, *, status: int, pieces: int) -> None:
        self.status = status
        self.limit = pieces
        self.pieces: list[bytes] = []
        self.requests: list[bytes] = []

    def exchange(self, request: bytes) -> Answer:
        self.requests.append(request)
        return Answer(202, {}, b"")

    def exchange_pieces(self, pieces: Iterable[bytes]) -> Answer:
        for piece in pieces:
            self.pieces.append(piece)
            if len(self.pieces) == self.limit:
                break
        self.requests.append(b"".join(self.pieces))
        return Answer(self.status, {}, b"no" if self.status != 202 else b"")


class Sent:
    """A streamed response, taken apart."""

    def __init__(self, request: bytes) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        self.line, *fields = head.decode("ascii").split("\r\n")
        self.headers = dict(field.split(": ", 1) for field in fields)
        rest = BytesIO(body)
        self.chunks, self.trailers = chunked.body(rest)
        assert rest.read() == b""
        self.prelude, self.separator, self.body = b"".join(self.chunks).partition(bytes(8))

    @property
    def error(self) -> dict[str, Any]:
        """What the trailers tell of a failure."""
        told: dict[str, Any] = json.loads(b64decode(self.trailers["Lambda-Runtime-Function-Error-Body"]))
        assert in_header(told["errorType"]) == self.trailers["Lambda-Runtime-Function-Error-Type"]
        return told


def in_header(text: str) -> str:
    return text[:256]


def served(handler: Callable[..., Any], *, status: int = 202, pieces: int = 0, times: int = 1) -> Wire:
    wire = Wire(status=status, pieces=pieces)
    api = RuntimeApi("127.0.0.1", 9001)
    api._connection = wire  # type: ignore[assignment]
    invocations = [Invocation(f"id-{number}", {}, b"{}") for number in range(times)]
    serve(invocations, handler, api, Settings({"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"}))
    return wire


def sent(handler: Callable[..., Any]) -> Sent:
    """The streamed response of a handler; fails where it is none."""
    (request,) = served(handler).requests
    return Sent(request)


def streaming(*items: Any, fails: BaseException | None = None) -> Callable[..., Any]:
    """A handler that is a generator function."""

    def handler(event: Any, context: Any) -> Iterator[Any]:
        yield from items
        if fails is not None:
            raise fails

    return handler


def asynchronously(*items: Any, fails: BaseException | None = None) -> Callable[..., Any]:
    """A handler that is an asynchronous generator function."""

    async def handler(event: Any, context: Any) -> AsyncIterator[Any]:
        for item in items:
            await asyncio.sleep(0)
            yield item
        if fails is not None:
            raise fails

    return handler


def reported(handler: Callable[..., Any]) -> dict[str, Any]:
    """The error that is reported, and nothing is sent of the response; fails where that is not so."""
    wire = served(handler)
    (request,) = wire.requests
    assert wire.pieces == []
    assert b"/invocation/id-0/error HTTP/1.1\r\n" in request
    told: dict[str, Any] = json.loads(request.partition(b"\r\n\r\n")[2])
    return told


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


@pytest.mark.parametrize(
    ("handler", "error_type", "message"),
    [
        (streaming(fails=LookupError("no")), "LookupError", "no"),
        (
            streaming(5),
            "Runtime.MarshalError",
            "Unable to stream response: an item is of type int; it must be str or bytes",
        ),
        (asynchronously(fails=LookupError("no")), "LookupError", "no"),
        (
            asynchronously(5),
            "Runtime.MarshalError",
            "Unable to stream response: an item is of type int",
        ),
        (
            lambda *_: Response([None]),  # type: ignore[list-item]
            "Runtime.MarshalError",
            "Unable to stream response: an item is of type NoneType",
        ),
        (
            streaming("\ud800"),
            "Runtime.MarshalError",
            "Unable to stream response: 'utf-8' codec can't encode",
        ),
        (
            lambda *_: {"a": iter([])},
            "Runtime.MarshalError",
            "Unable to marshal response: Object of type list_",
        ),
    ],
    ids=[
        *("an exception", "a number", "an asynchronous exception", "an asynchronous number"),
        *("an item of a response", "no Unicode", "an iterator within a value"),
    ],
)
def test_a_failure_before_the_first_item_is_an_error_of_the_invocation(
    handler: Callable[..., Any], error_type: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = reported(handler)
    assert (told["errorType"], told["requestId"]) == (error_type, "id-0")
    assert told["errorMessage"].startswith(message)
    assert capsys.readouterr().out.startswith(f"[ERROR] {error_type}: {message}")


@pytest.mark.parametrize(
    ("handler", "error_type"),
    [
        (streaming(b"one", fails=LookupError("no")), "LookupError"),
        (streaming(b"one", 2), "Runtime.MarshalError"),
        (streaming(b"one", "\ud800"), "Runtime.MarshalError"),
        (lambda *_: Response(streaming(b"one", fails=LookupError("no"))({}, None)), "LookupError"),
        (asynchronously(b"one", fails=LookupError("no")), "LookupError"),
        (asynchronously(b"one", 2), "Runtime.MarshalError"),
        (lambda *_: Response(asynchronously(b"one", fails=LookupError("no"))({}, None)), "LookupError"),
    ],
    ids=[
        *("an exception", "a number", "no Unicode", "of a response"),
        *("asynchronous", "an asynchronous number", "of an asynchronous response"),
    ],
)
def test_a_failure_midway_is_told_in_trailers_and_in_the_log(
    handler: Callable[..., Any], error_type: str, capsys: pytest.CaptureFixture[str]
) -> None:
    request = sent(handler)
    assert request.chunks[-1] == b"one"
    assert (request.error["errorType"], request.error["requestId"]) == (error_type, "id-0")
    assert capsys.readouterr().out.count(f"[ERROR] {error_type}: ") == 1


@pytest.mark.parametrize("form", [streaming, asynchronously])
def test_the_stack_of_a_failure_midway_begins_in_the_users_code(form: Callable[..., Any]) -> None:
    (frame,) = sent(form(b"one", fails=LookupError("no"))).error["stackTrace"]
    assert "test_runtime_streaming.py" in frame


def failing_deeply(depth: int, error: Exception) -> None:
    if depth == 0:
        raise error
    failing_deeply(depth - 1, error)


ERRORS = st.builds(
    lambda name, message: type(name, (Exception,), {})(message),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=600),
    st.text(max_size=6000),
)


@given(ERRORS, st.integers(0, 300))
def test_any_failure_midway_fits_into_the_trailers_that_are_taken(error: Exception, depth: int) -> None:
    def handler(event: Any, context: Any) -> Iterator[bytes]:
        yield b"one"
        failing_deeply(depth, error)

    request = served(handler).pieces[-1]
    assert len(request.removeprefix(b"0\r\n")) <= TRAILERS_LIMIT
    assert {"errorType", "errorMessage", "requestId", "stackTrace"} == sent(handler).error.keys()


def test_of_a_deep_stack_the_innermost_frames_are_told() -> None:
    def handler(event: Any, context: Any) -> Iterator[bytes]:
        yield b"one"
        failing_deeply(200, LookupError("no"))

    stack = sent(handler).error["stackTrace"]
    assert "raise error" in stack[-1]
    assert len(stack) > 1


class Closing:
    """Handlers that tell when their generator is left."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.closed = 0
        self._fails = fails

    def handle(self, _event: Any, _context: Any) -> Iterator[Any]:
        try:
            yield b"one"
            yield b"two"
            yield b"three"
        finally:
            self._leave()

    async def handle_asynchronously(self, _event: Any, _context: Any) -> AsyncIterator[Any]:
        try:
            yield b"one"
            yield b"two"
            yield b"three"
        finally:
            await asyncio.sleep(0)
            self._leave()

    def _leave(self) -> None:
        self.closed += 1
        if self._fails:
            raise self._fails


WAYS = pytest.mark.parametrize("way", [Closing.handle, Closing.handle_asynchronously])


@WAYS
@pytest.mark.parametrize("form", [lambda generator: generator, Response], ids=["bare", "HTTP"])
@pytest.mark.parametrize(("status", "pieces"), [(202, 0), (413, 2), (400, 0)])
def test_a_generator_is_left_however_its_response_ends(
    form: Callable[..., Any], status: int, pieces: int, way: Callable[..., Any]
) -> None:
    closing = Closing()
    served(lambda *_: form(way(closing, *_)), status=status, pieces=pieces)
    assert closing.closed == 1


@WAYS
def test_what_a_generator_raises_when_it_is_left_is_logged_and_the_environment_goes_on(
    capsys: pytest.CaptureFixture[str], way: Callable[..., Any]
) -> None:
    closing = Closing(fails=LookupError("while leaving"))
    wire = served(lambda *_: way(closing, *_), status=413, pieces=1)
    assert [b"/error" in request for request in wire.requests] == [False, True]
    assert "[ERROR] LookupError: while leaving" in capsys.readouterr().out


def test_after_a_first_item_of_the_wrong_type_the_generator_is_left() -> None:
    left = []

    def handler(event: Any, context: Any) -> Iterator[Any]:
        try:
            yield 5
        finally:
            left.append(True)

    reported(handler)
    assert left == [True]


@pytest.mark.parametrize(
    ("status", "error_type"), [(413, "Function.ResponseSizeTooLarge"), (400, "Function.ResponseRefused")]
)
def test_a_refused_response_is_reported_with_what_was_sent_of_it(status: int, error_type: str) -> None:
    report = served(streaming(b"one", b"two"), status=status).requests[1]
    assert b"/invocation/id-0/error" in report
    told = json.loads(report.partition(b"\r\n\r\n")[2])
    assert told["errorType"] == error_type
    assert told["errorMessage"] == f"the response of 6 bytes was refused with status {status}: no"


def test_every_invocation_has_a_stream_of_its_own() -> None:
    wire = served(streaming(b"one"), times=2)
    assert [b"id-0" in wire.requests[0], b"id-1" in wire.requests[1]] == [True, True]


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
@pytest.mark.parametrize("items", [(), (b"one",)], ids=["at first", "midway"])
@pytest.mark.parametrize("form", [streaming, asynchronously])
def test_what_asks_the_process_to_end_ends_it(
    kind: type[BaseException], items: tuple[bytes, ...], form: Callable[..., Any]
) -> None:
    with pytest.raises(kind):
        served(form(*items, fails=kind()))
