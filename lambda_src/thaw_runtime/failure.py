"""How a failure is told: to the caller as JSON, to the log as one event.

Imported when something fails, so that ``traceback`` is on no cold start's bill.
"""

import traceback

from thaw_runtime.codec import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

RUNTIME_FOLDER = __file__.rpartition("/")[0] + "/"
# The log's consumer splits at line ends; AWS's own runtime writes a trace as one event with these in their place.
NO_BREAK_SPACE = "\xa0"


class Failure:
    """An error of a handler, or of getting at it.

    Attributes:
        error_type: ``Runtime.*`` where the runtime found it, else the name of the exception's class.
        message: the exception's text.
        request_id: of the invocation; empty in the init phase.
        stack_trace: one string per frame of the user's code, as ``traceback.format_list`` makes them.
    """

    __slots__ = ("error_type", "message", "request_id", "stack_trace")

    def __init__(self, error_type: str, message: str, request_id: str, stack_trace: list[str]) -> None:
        self.error_type = error_type
        self.message = message
        self.request_id = request_id
        self.stack_trace = stack_trace

    @classmethod
    def of(cls, error: BaseException, request_id: str) -> "Self":
        """Describes an exception.

        One that the runtime raised itself names its type in ``error_type`` and shows no frames: they are ours.
        """
        own_type = getattr(error, "error_type", None)
        if isinstance(own_type, str) and own_type.startswith(("Runtime.", "Function.")):
            return cls(own_type, str(error), request_id, [])
        if isinstance(error, SyntaxError):
            return cls("Runtime.UserCodeSyntaxError", *_syntax(error, request_id))
        frames = traceback.extract_tb(error.__traceback__)
        while frames and _is_ours(frames[0].filename):
            frames.pop(0)
        return cls(type(error).__name__, _text(error), request_id, traceback.format_list(frames))

    def body(self) -> bytes:
        """The report for the Runtime API."""
        return encode(
            {
                "errorMessage": self.message,
                "errorType": self.error_type,
                "requestId": self.request_id,
                "stackTrace": self.stack_trace,
            }
        )

    def log_line(self) -> str:
        """The report for the log, one event for CloudWatch."""
        lines = [f"[ERROR] {self.error_type}: {self.message}"]
        if self.stack_trace:
            lines.append("Traceback (most recent call last):")
        for frame in self.stack_trace:
            lines.extend(_indented(line) for line in frame.splitlines())
        return "\r".join(lines) + "\n"


def _syntax(error: SyntaxError, request_id: str) -> tuple[str, str, list[str]]:
    module = (error.filename or "").rpartition("/")[2].removesuffix(".py")
    place = f'  File "{error.filename}" Line {error.lineno}\n    {(error.text or "").strip()}\n'
    return f"Syntax error in module '{module}': {error}", request_id, [place]


def _is_ours(filename: str) -> bool:
    return filename.startswith((RUNTIME_FOLDER, "<frozen importlib"))


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as secondary:  # noqa: BLE001 - the __str__ of a user's class may raise anything
        return f"<no message: str() of it raised {type(secondary).__name__}>"


def _indented(line: str) -> str:
    stripped = line.lstrip(" ")
    return NO_BREAK_SPACE * (len(line) - len(stripped)) + stripped
