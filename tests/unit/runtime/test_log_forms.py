"""A record's forms, against those of AWS's own runtime: JSON, and the frames of Lambda's descriptor."""

import copy
import logging
import os
import signal
import sys
from contextlib import suppress
from types import TracebackType
from typing import Any

import pytest
from awslambdaric import lambda_runtime_log_utils as theirs
from hypothesis import given
from hypothesis import strategies as st
from thaw_runtime import logs
from thaw_runtime.api import Invocation
from thaw_runtime.log_records import LambdaFormatter, LambdaLoggerFilter
from thaw_runtime.logs import StandardSink
from thaw_runtime.telemetry import TelemetrySink, frame_type

# What has a form in JSON, and what is written as its str().
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.tuples(inner),
    max_leaves=6,
)
# Not our fields: where a record has none of its own, ours keeps what is given, theirs loses it.
OUR_FIELDS = {"stackTrace", "errorType", "errorMessage", "location", "tenantId", "asctime", "taskName"}
EXTRA = st.dictionaries(st.text().filter(lambda name: name not in OUR_FIELDS), VALUES, max_size=3)


def _raised(error: BaseException) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    try:
        raise error  # noqa: TRY301 - so that it has a traceback
    except BaseException as same:  # noqa: BLE001 - whatever was given
        return type(same), same, same.__traceback__


def record(level: int, message: Any, extra: dict[str, Any], *, error: bool, tenant: str | None) -> Any:
    exc_info = _raised(ValueError("no")) if error else None
    made = logging.LogRecord("name", level, "/a.py", 3, message, (), exc_info, "f")
    vars(made).update({name: value for name, value in extra.items() if name not in vars(made)})
    made.aws_request_id, made.tenant_id = "id", tenant
    return made


@pytest.fixture(scope="module")
def json_form() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logs.output, "is_json", True)
        yield LambdaFormatter()


@given(
    level=st.integers(-5, 70),
    message=st.text() | st.dictionaries(st.text(), VALUES) | VALUES,
    extra=EXTRA,
    error=st.booleans(),
    tenant=st.none() | st.text(),
)
def test_a_record_is_the_document_that_awss_runtime_makes_of_it(
    json_form: LambdaFormatter, level: int, message: Any, extra: Any, tenant: str | None, *, error: bool
) -> None:
    made = record(level, message, extra, error=error, tenant=tenant)
    assert json_form.format(copy.copy(made)) == theirs.JsonFormatter().format(made)


@given(st.integers(-5, 70))
def test_making_a_document_leaves_the_record_as_it_is(json_form: LambdaFormatter, level: int) -> None:
    made = record(level, "text", {}, error=True, tenant=None)
    before = dict(vars(made))
    json_form.format(made)
    assert vars(made) == before


def test_the_task_that_made_a_record_is_no_field_that_somebody_gave(json_form: LambdaFormatter) -> None:
    """CPython adds its name from 3.12 on; AWS's runtime takes it for one."""
    made = record(30, "text", {}, error=False, tenant=None)
    made.taskName = "Task-1"
    assert "Task-1" not in json_form.format(made)


@pytest.mark.parametrize("is_json", [False, True])
def test_frames_have_the_types_that_awss_runtime_gives_them(*, is_json: bool) -> None:
    types = theirs._JSON_FRAME_TYPES if is_json else theirs._TEXT_FRAME_TYPES
    assert {level: frame_type(level, is_json=is_json) for level in types} == types


def test_a_record_outside_of_an_invocation_has_an_empty_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "current", logs.Current())
    made = logging.makeLogRecord({})
    LambdaLoggerFilter().filter(made)
    assert (vars(made)["aws_request_id"], vars(made)["tenant_id"]) == ("", None)


@pytest.mark.parametrize(("header", "tenant"), [("blue", "blue"), ("", None)])
def test_a_record_has_the_tenant_of_the_invocation(
    header: str, tenant: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = logs.Current()
    current.invocation = Invocation("id", {"lambda-runtime-aws-tenant-id": header}, b"")
    monkeypatch.setattr(logs, "current", current)
    made = logging.makeLogRecord({})
    LambdaLoggerFilter().filter(made)
    assert (vars(made)["aws_request_id"], vars(made)["tenant_id"]) == ("id", tenant)


def test_a_frame_that_signals_interrupt_arrives_whole() -> None:
    """A pipe takes 64 KiB; every signal ends the call that waits for room, and makes some."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    text, arrived = "x" * (1 << 20), bytearray()

    def make_room(*_: object) -> None:
        with suppress(BlockingIOError):
            arrived.extend(os.read(reading, 1 << 16))

    previous = signal.signal(signal.SIGALRM, make_room)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        TelemetrySink(writing, StandardSink()).log(text)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
        os.close(writing)
    while piece := os.read(reading, 1 << 16):
        arrived.extend(piece)
    os.close(reading)
    assert (len(arrived), arrived[16:]) == (16 + len(text), text.encode())


def test_a_sink_without_a_standard_output_loses_the_text_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    StandardSink().log("lost")
