"""Invocations are served one after the other, whatever happens in one of them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import GeneratorType
from typing import Any

import pytest
from thaw_runtime import json_types
from thaw_runtime.api import Invocation, ReportRefusedError, ResponseRefusedError, RuntimeApiError
from thaw_runtime.failure import Failure
from thaw_runtime.loop import serve
from thaw_runtime.settings import Settings

Handler = Callable[[Any, Any], Any]


class Answers:
    """Takes what the loop delivers, in the place of the Runtime API; refuses responses over a limit of 100 bytes.

    ``report`` is what it answers reports of failures with.
    """

    def __init__(self, report: RuntimeApiError | None = None) -> None:
        self.log: list[tuple[str, str, bytes, str]] = []
        self._report = report

    def respond(self, request_id: str, body: bytes, content_type: str) -> None:
        if len(body) > 100:
            raise ResponseRefusedError("Function.ResponseSizeTooLarge", f"{len(body)} bytes")
        self.log.append(("response", request_id, body, content_type))

    def fail(self, request_id: str, failure: Failure) -> None:
        self.log.append(("error", request_id, failure.body(), failure.error_type))
        if self._report is not None:
            raise self._report


@pytest.fixture(autouse=True)
def trace_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "stale")


def served(
    handler: Handler, *events: bytes, answers: Answers | None = None, **headers: str
) -> list[tuple[str, str, bytes, str]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    invocations = [Invocation(f"id-{number}", named, event) for number, event in enumerate(events)]
    answers = answers or Answers()
    settings = Settings({"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"})
    serve(invocations, handler, answers, settings)  # type: ignore[arg-type]
    return answers.log


def echo(event: Any, context: Any) -> Any:
    return event


def test_every_invocation_is_answered_under_its_id() -> None:
    assert [(kind, name, body) for kind, name, body, _ in served(echo, b"1", b"2")] == [
        ("response", "id-0", b"1"),
        ("response", "id-1", b"2"),
    ]


@pytest.mark.parametrize(
    ("result", "body", "content_type"),
    [
        (None, b"null", "application/json"),
        ({"a": "ö"}, rb'{"a": "\u00f6"}', "application/json"),
        (b"\x00\xff", b"\x00\xff", "application/unknown"),
    ],
)
def test_a_result_is_sent_in_its_form(result: Any, body: bytes, content_type: str) -> None:
    assert served(lambda *_: result, b"{}") == [("response", "id-0", body, content_type)]


def test_a_result_is_in_utf_8_where_awss_runtime_writes_it_so() -> None:
    settings = Settings(
        {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001", "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13"}
    )
    answers = Answers()
    serve([Invocation("id", {}, b"{}")], lambda *_: "ö", answers, settings)  # type: ignore[arg-type]
    assert answers.log[0][2] == '"ö"'.encode()


@pytest.mark.parametrize("declared", ["text/plain", "application/json; charset=utf-8", "APPLICATION/JSON"])
def test_an_event_that_is_not_declared_as_json_comes_as_bytes(declared: str) -> None:
    assert served(echo, b"{not json", content_type=declared)[0][2] == b"{not json"


@pytest.mark.parametrize(
    ("handler", "event", "error_type"),
    [
        (lambda *_: 1 / 0, b"{}", "ZeroDivisionError"),
        (echo, b"{", "Runtime.UnmarshalError"),
        (lambda *_: {1, 2}, b"{}", "Runtime.MarshalError"),
        (lambda *_: "a" * 200, b"{}", "Function.ResponseSizeTooLarge"),
        (5, b"{}", "TypeError"),
    ],
)
def test_after_a_failure_the_next_invocation_is_served(
    handler: Handler, event: bytes, error_type: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log = served(handler, event, event)
    assert [(kind, name, kind_of) for kind, name, _, kind_of in log] == [
        ("error", "id-0", error_type),
        ("error", "id-1", error_type),
    ]
    assert capsys.readouterr().out.count(f"[ERROR] {error_type}: ") == 2


def test_after_a_refused_response_whose_report_is_not_expected_the_next_invocation_is_served() -> None:
    log = served(lambda *_: "a" * 200, b"1", b"2", answers=Answers(ReportRefusedError("403")))
    assert [(kind, name) for kind, name, *_ in log] == [("error", "id-0"), ("error", "id-1")]


@pytest.mark.parametrize(
    ("result", "report"),
    [("a" * 200, RuntimeApiError("500")), ({1}, ReportRefusedError("403"))],
    ids=["of a refused response", "of a failure"],
)
def test_a_report_that_is_not_taken_ends_the_environment(result: Any, report: RuntimeApiError) -> None:
    with pytest.raises(type(report)):
        served(lambda *_: result, b"1", answers=Answers(report))


@pytest.mark.parametrize(
    ("headers", "error_type"),
    [
        ({"lambda_runtime_client_context": "{"}, "Runtime.LambdaContextUnmarshalError"),
        ({"lambda_runtime_deadline_ms": "soon"}, "Runtime.LambdaContextUnmarshalError"),
        ({"lambda_runtime_client_context": '{"client": "x"}'}, "Runtime.LambdaContextUnmarshalError"),
    ],
)
def test_headers_that_cannot_be_read_are_the_invocations_failure(
    headers: dict[str, str], error_type: str
) -> None:
    assert served(echo, b"{}", **headers)[0][3] == error_type


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_what_asks_the_process_to_end_ends_it(kind: type[BaseException]) -> None:
    def handler(event: Any, context: Any) -> None:
        raise kind

    with pytest.raises(kind):
        served(handler, b"{}")


def test_the_trace_id_is_in_the_environment_while_the_handler_runs() -> None:
    log = served(lambda *_: os.environ["_X_AMZN_TRACE_ID"], b"{}", lambda_runtime_trace_id="Root=1")
    assert log[0][2] == b'"Root=1"'


def test_a_trace_id_of_an_earlier_invocation_is_removed() -> None:
    assert served(lambda *_: "_X_AMZN_TRACE_ID" in os.environ, b"{}")[0][2] == b"false"


def test_the_report_names_the_request() -> None:
    assert json.loads(served(lambda *_: 1 / 0, b"{}")[0][2])["requestId"] == "id-0"


class IteratorWithFields:
    """Something that could be streamed, but says what it is in JSON."""

    def __next__(self) -> str:
        raise AssertionError

    def _asdict(self) -> dict[str, int]:
        return {"a": 1}


class MovingList(list[int]):
    """A list that is an iterator, too."""

    def __next__(self) -> str:
        raise AssertionError


@pytest.mark.parametrize(
    ("result", "body"), [(IteratorWithFields(), b'{"a": 1}'), (MovingList([1, 2]), b"[1, 2]")]
)
def test_what_has_a_form_in_json_is_not_streamed(result: Any, body: bytes) -> None:
    assert served(lambda *_: result, b"{}") == [("response", "id-0", body, "application/json")]


def test_a_conversion_that_was_asked_for_comes_before_streaming(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(json_types.conversions, GeneratorType, lambda _kind: list)
    assert served(lambda *_: (number for number in (1, 2)), b"{}")[0][2] == b"[1, 2]"


def test_a_header_in_utf_8_is_read_as_such_and_any_other_as_latin_1() -> None:
    seen = lambda *_: os.environ["_X_AMZN_TRACE_ID"]  # noqa: E731
    assert [
        json.loads(served(seen, b"{}", lambda_runtime_trace_id=sent)[0][2])
        for sent in ("Root=\xc3\xbc", "Root=\xfc")
    ] == ["Root=\xfc", "Root=\xfc"]


PARTS = """
import sys
sys.path.insert(0, {path!r})
from thaw_runtime import loop
def told(): return [f"{{each.__module__}}.{{each.__name__}}".removeprefix("thaw_runtime.") for each in loop.steps]
"""


@pytest.mark.parametrize(
    ("code", "steps"),
    [
        ("", ["loop.answer"]),
        ("from thaw_runtime import after", ["loop.answer", "after.run"]),
        ("from thaw_runtime import after, agents", ["agents.answer", "after.run"]),
        ("from thaw_runtime import agents, after, rehearsal", ["loop.answer"]),
    ],
)
def test_modules_that_take_part_in_invocations_do_so_from_when_they_are_imported(
    code: str, steps: list[str]
) -> None:
    beginning = PARTS.format(path=str(Path(__file__).parents[3] / "lambda_src"))
    command = [sys.executable, "-I", "-S", "-c", f"{beginning}{code}\nprint(told())"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == f"{steps}\n"


def test_a_stream_needs_nothing_of_what_writes_unusual_values() -> None:
    beginning = PARTS.format(path=str(Path(__file__).parents[3] / "lambda_src"))
    code = (
        "stream, kind = loop._sendable((part for part in 'ab'), 'id', ascii_only=True)\n"
        "print(kind, 'thaw_runtime.json_values' in sys.modules)"
    )
    command = [sys.executable, "-I", "-S", "-c", f"{beginning}{code}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told == "application/octet-stream False\n"
