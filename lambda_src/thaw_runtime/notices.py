"""Warnings of the runtime's own in the log, in the form that ``logging`` would give them, without importing that.

Imported where there is something to warn of.
"""

import sys
import time

from thaw_runtime import logs
from thaw_runtime.codec import encode
from thaw_runtime.context import tenant_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Of AWS_LAMBDA_LOG_LEVEL: above a warning, in the words of logging.
QUIET = ("ERROR", "CRITICAL", "FATAL")
WARNING = 30


def warn(logger: str, message: str) -> None:
    """Logs a warning under the name of a logger, as far as the function's configuration lets warnings through.

    Through ``logging`` where that is imported, so that the function's own handlers get it; on stderr where no log has been
    started, in a test of the function's for example.
    """
    logging: Any = sys.modules.get("logging")
    if not logs.output.started:
        sys.stderr.write(f"[WARNING] {logger}: {message}\n")
    elif hasattr(logging, "getLogger"):
        logging.getLogger(logger).warning(message)
    elif logs.output.level not in QUIET:
        _write(logger, message)


def _write(logger: str, message: str) -> None:
    output = logs.output
    invocation = getattr(logs.current, "invocation", None)
    request_id = invocation.request_id if invocation else ""
    now = time.time()
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
    if output.is_json:
        fields = {"timestamp": f"{moment}Z", "level": "WARNING", "message": message, "logger": logger}
        fields["requestId"] = request_id
        if tenant := invocation and tenant_of(invocation.headers):
            fields["tenantId"] = tenant
        text = encode(fields, ascii_only=False).decode() + "\n"
    else:
        text = f"[WARNING]\t{moment}.{int(now * 1000) % 1000:03d}Z\t{request_id}\t{message}\n"
    level = WARNING if output.is_json or output.level else None
    output.sink.log_record(text, level, is_json=output.is_json)
