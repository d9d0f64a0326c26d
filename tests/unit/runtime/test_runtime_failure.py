"""A failure is reported to the caller and the log, whatever was raised."""

import io
import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from thaw_runtime.codec import UnmarshalError
from thaw_runtime.failure import Failure
from thaw_runtime.handler import HandlerError


def caught(error: BaseException) -> BaseException:
    """The error after it has been raised from this file, so that it has frames."""
    try:
        raise error  # noqa: TRY301 - so that it has a frame of this file
    except BaseException as same:  # noqa: BLE001 - whatever was given
        return same


def report(error: BaseException) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(Failure.of(caught(error), "id-1").body())
    return document


def test_a_report_has_the_keys_of_awss_runtime_in_its_order() -> None:
    assert list(report(ValueError("no"))) == ["errorMessage", "errorType", "requestId", "stackTrace"]


def test_the_type_is_the_name_of_the_class_and_the_message_its_text() -> None:
    told = report(KeyError("missing"))
    assert (told["errorType"], told["errorMessage"], told["requestId"]) == ("KeyError", "'missing'", "id-1")


def test_a_frame_has_file_line_function_and_code() -> None:
    (frame,) = report(ValueError("no"))["stackTrace"]
    assert frame.startswith(f'  File "{__file__}", line ')
    assert "in caught\n    raise error" in frame


def test_frames_of_the_runtime_and_the_import_system_are_left_out(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from thaw_runtime.handler import resolve  # noqa: PLC0415 - its frames are those to be left out

    (tmp_path / "raises_at_import.py").write_text("def inner():\n    raise ValueError('no')\ninner()\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="no") as error:
        resolve("raises_at_import.handle")
    error.value.__traceback__ = error.value.__traceback__.tb_next  # the frame of this test
    frames = Failure.of(error.value, "").stack_trace
    assert [frame.split(", in ")[1].split("\n")[0] for frame in frames] == ["<module>", "inner"]


@pytest.mark.parametrize("kind", [UnmarshalError, ValueError])
def test_only_the_runtimes_own_errors_name_their_own_type(kind: type[Exception]) -> None:
    class Users(kind):
        """A user's class that happens to have the attribute."""

    error = Users("text")
    error.error_type = "Runtime.Invented"
    assert report(error)["errorType"] == ("Runtime.Invented" if kind is UnmarshalError else "Users")


def test_an_error_of_the_runtime_shows_no_frames_of_ours() -> None:
    assert report(HandlerError("Runtime.HandlerNotFound", "no"))["stackTrace"] == []


def test_a_syntax_error_of_an_invocation_keeps_its_frames() -> None:
    """``ast.literal_eval(event)`` raises one, and then the handler's module is in order."""
    told = report(SyntaxError("invalid"))
    assert (told["errorType"], len(told["stackTrace"])) == ("SyntaxError", 1)


class RaisesInStrError(Exception):
    def __str__(self) -> str:
        raise OSError("never")


class RaisesInErrorTypeError(Exception):
    @property
    def error_type(self) -> str:
        raise OSError("never")


class ReturnsNoTextError(Exception):
    def __str__(self) -> str:
        return 5  # type: ignore[return-value]  # noqa: PLE0307 - the oddity


ODD = {
    "whose str() raises": (RaisesInStrError(), "<no message: str() of it raised OSError>"),
    "whose attribute raises": (RaisesInErrorTypeError("text"), "text"),
    "whose str() is no text": (ReturnsNoTextError(), "<no message: str() of it raised TypeError>"),
    "without a message": (ValueError(), ""),
    "with a lone surrogate": (ValueError("a\ud800b\udcff"), "a\ud800b\udcff"),
    "with control characters": (ValueError("a\r\nb\0c"), "a\r\nb\0c"),
    "of a group": (
        ExceptionGroup("several", [ValueError("1"), TypeError("2")]),
        "several (2 sub-exceptions)",
    ),
    "that is no Exception": (KeyboardInterrupt("key"), "key"),
}


@pytest.mark.parametrize(("error", "message"), ODD.values(), ids=ODD.keys())
def test_an_odd_exception_is_reported(error: BaseException, message: str) -> None:
    assert report(error)["errorMessage"] == message


def test_a_chained_exception_is_reported_as_the_last_one() -> None:
    error = ValueError("outer")
    error.__cause__ = error.__context__ = KeyError("inner")
    error.add_note("a note")
    assert report(error)["errorMessage"] == "outer"


def test_a_deep_recursion_is_reported_with_its_repetition_folded() -> None:
    def again(depth: int) -> int:
        return again(depth + 1) + 1

    with pytest.raises(RecursionError) as error:
        again(0)
    told = json.loads(Failure.of(error.value, "").body())
    assert told["errorType"] == "RecursionError"
    assert any("Previous line repeated" in frame for frame in told["stackTrace"])


def test_the_log_has_the_report_as_one_event(capsys: pytest.CaptureFixture[str]) -> None:
    Failure("ValueError", "no", "id", ['  File "a.py", line 1, in f\n    raise\n']).log()
    assert capsys.readouterr().out == (
        "[ERROR] ValueError: no\rTraceback (most recent call last):\r"
        '\xa0\xa0File "a.py", line 1, in f\r\xa0\xa0\xa0\xa0raise\n'
    )


def test_a_report_without_frames_announces_them_all_the_same_as_awss_runtime_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Failure("Runtime.HandlerNotFound", "no", "", []).log()
    assert capsys.readouterr().out == (
        "[ERROR] Runtime.HandlerNotFound: no\rTraceback (most recent call last):\n"
    )


def test_a_report_without_a_message_ends_with_its_type(capsys: pytest.CaptureFixture[str]) -> None:
    Failure("ValueError", "", "", []).log()
    assert capsys.readouterr().out.startswith("[ERROR] ValueError\r")


@given(st.text(st.characters(categories=["Cs"]) | st.characters()))
def test_any_message_can_be_written_to_a_utf_8_log(message: str) -> None:
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", output)
        Failure("ValueError", message, "", []).log()
    output.flush()
    told = f"ValueError: {message}" if message else "ValueError"
    expected = f"[ERROR] {told}\rTraceback (most recent call last):\n".encode("utf-8", "backslashreplace")
    assert output.buffer.getvalue() == expected  # type: ignore[attr-defined]


@pytest.mark.parametrize("broken", ["closed", "none"])
def test_a_stdout_that_the_handler_broke_does_not_break_the_report(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = io.StringIO()
    output.close()
    monkeypatch.setattr(sys, "stdout", output if broken == "closed" else None)
    Failure("ValueError", "no", "", []).log()
