"""The runtime's own warnings have the form, and the level, of a warning that is logged."""

import json
import logging
import re
import sys
from typing import Any

import pytest
from thaw_runtime import log_records, logs, notices
from thaw_runtime.api import Invocation

TENANT = {"lambda-runtime-aws-tenant-id": "tenant"}


class Sink:
    """Keeps what is written to it."""

    def __init__(self) -> None:
        self.records: list[tuple[Any, ...]] = []

    def log_record(self, text: str, level: int | None, *, is_json: bool) -> None:
        self.records.append((re.sub(r"\d{4}-.*?Z", "<time>", text), level, is_json))


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Sink:
    sink = Sink()
    monkeypatch.setattr(logs.output, "sink", sink)
    monkeypatch.setattr(logs.output, "started", True)
    monkeypatch.setattr(logs.current, "invocation", None)
    return sink


def logged(message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Warns where nobody has imported ``logging``."""
    with monkeypatch.context() as patch:
        patch.delitem(sys.modules, "logging")
        notices.warn("thaw_runtime.config", message)


def handled(message: str) -> None:
    """Has a record of ``logging`` written by the handler that the runtime puts there."""
    handler = log_records.LambdaLoggerHandler()
    handler.setFormatter(log_records.LambdaFormatter())
    handler.addFilter(log_records.LambdaLoggerFilter())
    handler.handle(logging.LogRecord("thaw_runtime.config", logging.WARNING, "", 0, message, (), None))


@pytest.mark.parametrize("invocation", [None, Invocation("id-1", {}, b""), Invocation("id-1", TENANT, b"")])
@pytest.mark.parametrize(("is_json", "level"), [(False, ""), (False, "INFO"), (True, ""), (True, "DEBUG")])
def test_a_warning_is_written_as_logging_would_have_it_written(
    *, is_json: bool, level: str, invocation: Invocation | None, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs.output, "is_json", is_json)
    monkeypatch.setattr(logs.output, "level", level)
    monkeypatch.setattr(logs.current, "invocation", invocation)
    logged('a "warning" of ü', monkeypatch)
    handled('a "warning" of ü')
    assert sink.records[0] == sink.records[1]


@pytest.mark.parametrize(
    ("level", "count"), [("ERROR", 0), ("FATAL", 0), ("WARN", 1), ("TRACE", 1), ("what", 1)]
)
def test_a_warning_is_written_where_the_level_lets_it_through(
    level: str, count: int, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs.output, "level", level)
    logged("a warning", monkeypatch)
    assert len(sink.records) == count


def test_where_logging_is_imported_the_functions_own_handlers_get_it(
    sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    notices.warn("thaw_runtime.config", "a warning of 100 %")
    assert (caplog.record_tuples, sink.records) == (
        [("thaw_runtime.config", logging.WARNING, "a warning of 100 %")],
        [],
    )


def test_without_a_log_it_is_a_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    notices.warn("thaw_runtime.config", "a warning")
    assert capsys.readouterr().err == "[WARNING] thaw_runtime.config: a warning\n"


def test_a_document_of_a_warning_is_json(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs.output, "is_json", True)
    logged("line\nbreak", monkeypatch)
    assert json.loads(sink.records[0][0])["message"] == "line\nbreak"
