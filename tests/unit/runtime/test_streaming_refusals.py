"""A response that is refused, or given up, leaves its generator and the environment in order."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from streamed import served, streaming
from thaw_runtime.streaming import Response


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


@pytest.mark.parametrize(
    ("status", "error_type"), [(413, "Function.ResponseSizeTooLarge"), (400, "Function.ResponseRefused")]
)
def test_a_refused_response_is_reported_with_what_was_sent_of_it(status: int, error_type: str) -> None:
    report = served(streaming(b"one", b"two"), status=status).requests[1]
    assert b"/invocation/id-0/error" in report
    told = json.loads(report.partition(b"\r\n\r\n")[2])
    assert told["errorType"] == error_type
    assert told["errorMessage"] == f"the response of 6 bytes was refused with status {status}: no"
