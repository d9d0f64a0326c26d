"""Reports of failures are those of AWS's own runtime, which is asked each time; more is told where that is wanted."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from awslambdaric import bootstrap
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller
from thaw_runtime.api import Invocation
from thaw_runtime.failure import Failure
from thaw_runtime.loop import serve
from thaw_runtime.settings import Settings

Report = dict[str, Any]
Handler = Callable[[Any, Any], Any]


class Taken:
    """In the place of either runtime's client: keeps the report and what it tells X-Ray."""

    marshaller = LambdaMarshaller()
    report: Report
    cause: Report

    def post_invocation_error(self, _name: str, report: str, cause: str, _id: str | None) -> None:
        self.report, self.cause = json.loads(report), json.loads(cause)

    def fail(self, _name: str, failure: Failure) -> None:
        self.report, self.cause = json.loads(failure.body()), json.loads(failure.cause())


def theirs(handler: Handler, event: bytes) -> Taken:
    taken = Taken()
    headers = ("application/json", None, None, "arn", 0, None)
    bootstrap.handle_event_request(taken, handler, "id-1", event, *headers, bootstrap.StandardLogSink())
    return taken


def ours(handler: Handler, event: bytes = b"{}") -> Taken:
    taken = Taken()
    settings = Settings({"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"})
    serve([Invocation("id-1", {}, event)], handler, taken, settings)  # type: ignore[arg-type]
    return taken


def raising(error: BaseException) -> Handler:
    def handler(_event: Any, _context: Any) -> None:
        raise error.with_traceback(None)  # an earlier raise leaves its frames

    return handler


def deeper(_event: Any, _context: Any) -> Any:
    def inner(number: int) -> float:
        return (
            number
            / 0
        )  # fmt: skip

    return [inner(number) for number in (1, 2)]


def chained(_event: Any, _context: Any) -> None:
    try:
        deeper(None, None)
    except ZeroDivisionError as error:
        error.add_note("the divisor was 0")
        raise ValueError("wrong numbers") from error


def generated(_event: Any, _context: Any) -> None:
    exec(compile("def f():\n    raise KeyError('in no file')\nf()", "<generated>", "exec"), {})  # noqa: S102


FAILURES: dict[str, tuple[Handler, bytes]] = {
    "an exception": (raising(ValueError("no")), b"{}"),
    "without a message": (raising(ValueError()), b"{}"),
    "with odd text": (raising(ValueError('"ö\ud800\r\n\0')), b"{}"),
    "in several lines, deeper": (deeper, b"{}"),
    "raised from another": (chained, b"{}"),
    "a group": (raising(ExceptionGroup("g", [ValueError("1")])), b"{}"),
    "in code without a file": (generated, b"{}"),
    "a result without a form in JSON": (lambda *_: {1}, b"{}"),
    "an event that is not JSON": (lambda *_: None, b"[}"),
}


@pytest.mark.parametrize(("handler", "event"), FAILURES.values(), ids=FAILURES.keys())
def test_a_report_is_that_of_awss_runtime(handler: Handler, event: bytes) -> None:
    assert list(ours(handler, event).report.items()) == list(theirs(handler, event).report.items())


@pytest.mark.parametrize(("handler", "event"), FAILURES.values(), ids=FAILURES.keys())
def test_xray_is_told_what_awss_runtime_tells_it(handler: Handler, event: bytes) -> None:
    told, expected = ours(handler, event).cause, theirs(handler, event).cause
    assert sorted(told.pop("paths")) == sorted(expected.pop("paths"))
    assert told == expected


def test_a_working_directory_that_is_gone_does_not_keep_xray_from_its_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert ours(raising(ValueError("no"))).cause["working_directory"] == ""


def test_an_exception_whose_text_cannot_be_had_is_reported() -> None:
    """AWS's runtime ends on it."""

    class MuteError(Exception):
        def __str__(self) -> str:
            raise OSError

    assert ours(raising(MuteError())).report["errorType"] == "MuteError"


def test_a_users_file_of_a_name_of_awss_runtime_is_kept(tmp_path: Path) -> None:
    """AWS's runtime takes it for its own and drops the frame."""
    scope: dict[str, Any] = {}
    exec(compile("def handler(*_): len(5)", tmp_path / "bootstrap.py", "exec"), scope)  # noqa: S102
    assert "bootstrap.py" in ours(scope["handler"]).report["stackTrace"][0]


def test_an_exception_that_a_module_keeps_does_not_gather_frames() -> None:
    """In AWS's runtime its report grows with every invocation."""
    kept = ValueError("no")

    def handler(_event: Any, _context: Any) -> None:
        raise kept

    assert ours(handler).report == ours(handler).report


@pytest.fixture
def details(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_ERROR_DETAILS", "1")


@pytest.mark.usefixtures("details")
def test_a_cause_is_told_with_its_stack_and_its_notes() -> None:
    cause = ours(chained).report["cause"]
    assert (cause["errorType"], cause["errorMessage"]) == ("ZeroDivisionError", "division by zero")
    assert cause["notes"] == ["the divisor was 0"]
    assert "in inner\n" in cause["stackTrace"][-1]


@pytest.mark.usefixtures("details")
def test_the_usual_keys_stay_as_they_are_beside_details() -> None:
    report = ours(chained).report
    del report["cause"]
    assert list(report) == list(theirs(chained, b"{}").report)


@pytest.mark.usefixtures("details")
def test_an_exception_that_was_being_handled_is_a_cause_unless_it_was_set_aside() -> None:
    outer = ValueError("outer")
    outer.__context__ = KeyError("inner")
    assert ours(raising(outer)).report["cause"]["errorType"] == "KeyError"
    outer.__suppress_context__ = True
    assert "cause" not in ours(raising(outer)).report


@pytest.mark.usefixtures("details")
def test_a_group_is_told_with_its_exceptions() -> None:
    group = ExceptionGroup("g", [ValueError("1"), ExceptionGroup("h", [TypeError("2")])])
    first, second = ours(raising(group)).report["exceptions"]
    assert (first["errorMessage"], second["exceptions"][0]["errorMessage"]) == ("1", "2")


@pytest.mark.usefixtures("details")
def test_an_import_that_fails_is_told_with_its_cause() -> None:
    def handler(_event: Any, _context: Any) -> None:
        from thaw_runtime.handler import resolve  # noqa: PLC0415 - its error is what is reported

        resolve("nowhere_to_be_found.handler")

    assert ours(handler).report["cause"]["errorType"] == "ModuleNotFoundError"


@pytest.mark.usefixtures("details")
def test_exceptions_that_caused_each_other_are_told_once() -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    assert "cause" not in ours(raising(first)).report["cause"]


@pytest.mark.usefixtures("details")
def test_a_long_chain_is_cut() -> None:
    error: Exception = ValueError("0")
    for number in range(5000):
        following = ValueError(str(number))
        following.__cause__, error = error, following
    assert json.dumps(ours(raising(error)).report).count("ValueError") == 50


@pytest.mark.usefixtures("details")
@pytest.mark.parametrize("notes", [5, "text", [5, "a"], []])
def test_notes_that_somebody_set_to_anything_do_no_harm(notes: Any) -> None:
    error = ValueError("no")
    error.__notes__ = notes
    assert ours(raising(error)).report.get("notes", ["a"]) == ["a"]


@pytest.mark.usefixtures("details")
def test_the_log_has_the_details_in_the_same_event(capsys: pytest.CaptureFixture[str]) -> None:
    error = ValueError("outer")
    error.add_note("a\nnote")
    error.__cause__ = ExceptionGroup("g", [KeyError("inner")])
    ours(raising(error))
    text = capsys.readouterr().out
    assert text.count("\n") == 1
    assert text.strip().split("\r")[-4:] == [
        "a",
        "note",
        "Caused by: ExceptionGroup: g (1 sub-exception)",
        "Exception 1 of the group: KeyError: 'inner'",
    ]


@pytest.mark.parametrize("value", [None, "", "0", "yes"])
def test_nothing_more_is_told_unless_the_variable_is_1(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("THAW_ERROR_DETAILS", raising=False)
    if value is not None:
        monkeypatch.setitem(os.environ, "THAW_ERROR_DETAILS", value)
    assert len(ours(chained).report) == 4
