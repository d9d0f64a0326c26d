"""What Lambda's log needs of ``logging``: a handler at the root, a format, a level, the ids of the invocation.

Imported once ``logging`` has been. Names and formats are those of AWS's own runtime, which handlers and their libraries know.
Where it would fail an invocation over a record, or change the record, this does not.
"""

import logging
import time
import traceback
from _json import encode_basestring, make_encoder
from contextlib import suppress  # traceback has imported it

from thaw_runtime import logs
from thaw_runtime.context import tenant_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TEXT_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
# What a record has by itself, and what formatters leave in it; everything else was given as `extra`.
OWN_ATTRIBUTES = frozenset(logging.makeLogRecord({}).__dict__) | {
    "asctime",
    "aws_request_id",
    "message",
    "taskName",
    "tenant_id",
}


class _Undecided(int):
    """The level of ``logging`` for as long as Lambda's is not known; gone as soon as anybody sets one."""


UNDECIDED = _Undecided(logging.WARNING)


class LambdaLoggerFilter(logging.Filter):
    """Adds the ids of the invocation to records."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record pass."""
        invocation = getattr(logs.current, "invocation", None)
        record.aws_request_id = invocation.request_id if invocation else ""
        record.tenant_id = invocation and tenant_of(invocation.headers)
        return True


class LambdaLoggerHandler(logging.Handler):
    """Writes records to the log of this environment."""

    @property
    def log_sink(self) -> "Any":
        """What writes them."""
        return logs.output.sink

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a record; one that cannot be formatted is told on stderr, as ``logging`` does it."""
        output = logs.output
        has_level = output.is_json or output.level
        try:
            output.sink.log_record(
                self.format(record),
                _tens(record.levelno) if has_level else None,
                is_json=output.is_json and isinstance(self.formatter, LambdaFormatter),
            )
        except RecursionError:
            raise
        except Exception:  # noqa: BLE001 - whatever a formatter of the user's raises
            with suppress(ValueError):  # stderr is closed
                self.handleError(record)


class LambdaFormatter(logging.Formatter):
    """Formats records as Lambda's configuration wants them."""

    def __init__(self) -> None:
        super().__init__(TEXT_FORMAT, "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """A record as text or JSON, with a line end."""
        if logs.output.is_json:
            return self._json(record)
        if record.exc_info or record.exc_text or record.stack_info:
            return super().format(record)
        # As the superclass does it, without asking itself what its format needs.
        record.message = record.getMessage()
        record.asctime = self.formatTime(record, self.datefmt)
        return TEXT_FORMAT % record.__dict__

    def _json(self, record: logging.LogRecord) -> str:
        as_it_is = isinstance(record.msg, dict) and not record.args
        fields: dict[str, Any] = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": logging.getLevelName(_tens(record.levelno)),
            "message": record.msg if as_it_is else record.getMessage(),
            "logger": record.name,
            **_exception(record),
            "requestId": getattr(record, "aws_request_id", None),
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if record.exc_info else None,
            "tenantId": getattr(record, "tenant_id", None),
        }
        fields = {name: value for name, value in fields.items() if value is not None}
        for name, value in record.__dict__.items():
            if name not in OWN_ATTRIBUTES and value is not None:
                fields.setdefault(name, value)
        return _document(fields)


def set_up() -> None:
    """Puts the handler at the root, once, and sets the root's level to Lambda's unless the user has set one."""
    root = logging.getLogger()
    if not _installed:
        logging.Formatter.converter = time.gmtime
        handler = LambdaLoggerHandler()
        handler.setFormatter(LambdaFormatter())
        handler.addFilter(LambdaLoggerFilter())
        root.addHandler(handler)
        root.setLevel(UNDECIDED)
        _installed.append(handler)
    if logs.output.started and root.level is UNDECIDED:
        levels = logging.getLevelNamesMapping()
        root.setLevel(levels.get(logs.output.level, logging.WARNING))


_installed: list[LambdaLoggerHandler] = []


def _tens(level: int) -> int:
    """The level of those that Lambda knows: a custom one counts as the next one below."""
    return min(logging.CRITICAL, max(logging.NOTSET, level)) // 10 * 10


def _exception(record: logging.LogRecord) -> "dict[str, Any]":
    kind, error, trace = record.exc_info or (None, None, None)
    if kind is None:  # nothing was being handled when the record was made
        return {}
    return {"stackTrace": traceback.format_tb(trace), "errorType": kind.__name__, "errorMessage": str(error)}


# key separator, item separator, sort_keys, skipkeys, allow_nan
_JSON_DUMPS = (": ", ", ", False, False, True)


def _document(fields: "dict[str, Any]") -> str:
    # As json.JSONEncoder(ensure_ascii=False, default=str) writes it, without importing json; a fresh dictionary per document
    # is how it notices that a value contains itself.
    write = make_encoder({}, str, encode_basestring, None, *_JSON_DUMPS)
    return "".join(write(fields, 0)) + "\n"
