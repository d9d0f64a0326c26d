"""How a failure is told: to the caller as JSON, to the log as one event.

Imported when something fails, so that ``traceback`` is on no cold start's bill.
"""

import os
import time
import traceback

from thaw_runtime.api import ResponseRefusedError
from thaw_runtime.codec import MarshalError, UnmarshalError, encode
from thaw_runtime.context import ContextError
from thaw_runtime.handler import HandlerError
from thaw_runtime.logs import output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Self

    # Of a frame: file, line, function, code.
    Frame = tuple[str, int, str, str | None]

# What the runtime raises itself; each names its type, and its frames are ours.
OWN_ERRORS = (UnmarshalError, MarshalError, ContextError, HandlerError, ResponseRefusedError)
# As frames have it: bytecode without a source names its place on Lambda, wherever it lies.
RUNTIME_FOLDER = encode.__code__.co_filename.rpartition("/")[0] + "/"
# The log's consumer splits at line ends; AWS's own runtime writes a trace as one event with these in their place.
NO_BREAK_SPACE = "\xa0"


class Failure:
    """An error of a handler, or of getting at it.

    Attributes:
        error_type: ``Runtime.*`` where the runtime found it, else the name of the exception's class.
        message: the exception's text.
        request_id: of the invocation; empty in the init phase.
        stack_trace: one string per frame of the user's code, as ``traceback.format_list`` makes them.
        details: what AWS's runtime does not tell: notes, causes and the exceptions of a group; empty unless the variable
            ``THAW_ERROR_DETAILS`` is 1.
    """

    __slots__ = ("_frames", "details", "error_type", "message", "request_id", "stack_trace")

    def __init__(
        self,
        error_type: str,
        message: str,
        request_id: str,
        stack_trace: list[str],
        frames: "Sequence[Frame] | None" = None,
    ) -> None:
        self.error_type = error_type
        self.message = message
        self.request_id = request_id
        self.stack_trace = stack_trace
        self.details: dict[str, Any] = {}
        self._frames = frames

    @classmethod
    def of(cls, error: BaseException, request_id: str) -> "Self":
        """Describes an exception."""
        if isinstance(error, OWN_ERRORS):
            stack_trace = getattr(error, "stack_trace", [])
            failure = cls(error.error_type, str(error), request_id, stack_trace)
        else:
            frames = users_frames(error)
            failure = cls(
                type(error).__name__, text_of(error), request_id, traceback.format_list(frames), frames
            )
        if os.environ.get("THAW_ERROR_DETAILS") == "1":
            from thaw_runtime.error_details import details_of

            failure.details = details_of(error)
        return failure

    def body(self) -> bytes:
        """The report for the Runtime API."""
        return encode(self._document())

    def _document(self) -> "dict[str, Any]":
        return {
            "errorMessage": self.message,
            "errorType": self.error_type,
            "requestId": self.request_id,
            "stackTrace": self.stack_trace,
            **self.details,
        }

    def cause(self) -> str:
        """The report for X-Ray: JSON in ASCII.

        Source: ``Lambda-Runtime-Function-XRay-Error-Cause`` as AWS's own runtime sends it.
        """
        frames = self._frames or ()
        exception = {
            "message": self.message,
            # What the runtime finds has no frames.
            "type": "LambdaValidationError" if self._frames is None else self.error_type,
            "stack": [{"label": name, "path": file, "line": line} for file, line, name, _ in frames],
        }
        files = list(dict.fromkeys(frame[0] for frame in frames))
        document = {"working_directory": _working_directory(), "exceptions": [exception], "paths": files}
        return encode(document).decode()

    def log(self) -> None:
        """Writes the report to the log, one event for CloudWatch."""
        output.sink.log_error(
            [self._json_line()] if output.is_json else self._lines(), is_json=output.is_json
        )

    def _json_line(self) -> str:
        timestamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return encode({"timestamp": timestamp, "level": "ERROR", **self._document()}).decode()

    def _lines(self) -> list[str]:
        told = ": ".join(part for part in (self.error_type, self.message) if part)
        # AWS's runtime announces a traceback where there is none, too.
        lines = [f"[ERROR] {told}", "Traceback (most recent call last):"]
        for frame in self.stack_trace:
            lines.extend(_indented(line) for line in frame.splitlines())
        if self.details:
            from thaw_runtime.error_details import lines_of

            lines.extend(_indented(line) for line in lines_of(self.details))
        return lines


def users_frames(error: BaseException) -> "list[Frame]":
    """Where an exception was raised, from the user's code on; without the columns, as AWS's own runtime shows it."""
    frames = traceback.extract_tb(error.__traceback__)
    while frames and _is_ours(frames[0].filename):
        frames.pop(0)
    return [(frame.filename, frame.lineno or 0, frame.name, frame.line) for frame in frames]


def _is_ours(filename: str) -> bool:
    return filename.startswith((RUNTIME_FOLDER, "<frozen importlib"))


def text_of(error: BaseException) -> str:
    """An exception's text."""
    try:
        return str(error)
    except Exception as secondary:  # noqa: BLE001 - the __str__ of a user's class may raise anything
        return f"<no message: str() of it raised {type(secondary).__name__}>"


def _working_directory() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return ""


def _indented(line: str) -> str:
    stripped = line.lstrip(" ")
    return NO_BREAK_SPACE * (len(line) - len(stripped)) + stripped
