"""A failure before the first item is an error of the invocation; one midway is told in trailers."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamed import asynchronously, reported, sent, served, streaming
from thaw_runtime.streaming import TRAILERS_LIMIT, Response


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
    assert "streamed.py" in frame


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


def test_after_a_first_item_of_the_wrong_type_the_generator_is_left() -> None:
    left = []

    def handler(event: Any, context: Any) -> Iterator[Any]:
        try:
            yield 5
        finally:
            left.append(True)

    reported(handler)
    assert left == [True]


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
@pytest.mark.parametrize("items", [(), (b"one",)], ids=["at first", "midway"])
@pytest.mark.parametrize("form", [streaming, asynchronously])
def test_what_asks_the_process_to_end_ends_it(
    kind: type[BaseException], items: tuple[bytes, ...], form: Callable[..., Any]
) -> None:
    with pytest.raises(kind):
        served(form(*items, fails=kind()))
