"""What a function does when its execution environment ends.

For handlers: ``from thaw_runtime import shutdown``, then ``shutdown.register(connection.close)`` while the module is imported.
Lambda ends an environment with SIGKILL, and sends SIGTERM half a second before that only where an extension is registered; so
the runtime registers one, without a process of its own and without events, for functions that import this module.
Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
"""

# The module signal makes enumerations of its names, which takes longer than all that is done here.
import _signal  # type: ignore[import-not-found]  # it has no stubs
import sys

from thaw_runtime.connection import Connection, RuntimeApiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn, TypeVar

    from thaw_runtime.settings import Settings

    Function = TypeVar("Function", bound=Callable[..., object])

EXTENSION = "thaw-shutdown"
PREFIX = "/2020-01-01/extension"

_registered: "list[tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]]" = []
_waiting: list[Connection] = []


def register(function: "Function", *arguments: "Any", **named: "Any") -> "Function":
    """Has a function called when the environment ends, the last registered first; also a decorator.

    All of them together have 500 ms. What one of them raises is logged, and the next is called. They run in the main thread,
    wherever that stands, as handlers of signals do; after them the process exits with 0, as by ``sys.exit``. What is
    asynchronous is awaited on the loop of asynchronous handlers, once the one that was interrupted has been left.
    """
    _registered.append((function, arguments, named))
    return function


def listen(settings: "Settings") -> None:
    """Asks Lambda for SIGTERM, and answers it from now on; before the first invocation.

    Where there is no Extensions API, as under some emulators, the signal is answered all the same, and a line says so.
    """
    answer()
    api = Connection(settings.api_host, settings.api_port)
    try:
        status, headers, body = api.exchange(
            _request(settings, "POST", "register", f"Lambda-Extension-Name: {EXTENSION}")
        )
        identifier = headers.get("lambda-extension-identifier", "")
        if status == 200 and identifier:
            # The init phase lasts until every extension has asked for an event. There will be none, and nobody waits for one.
            api.send(_request(settings, "GET", "event/next", f"Lambda-Extension-Identifier: {identifier}"))
            _waiting[:] = [api]
            return
        reason = f"status {status}: {body[:200]!r}"
    except (RuntimeApiError, OSError) as error:
        reason = str(error)
    sys.stderr.write(f"thaw_runtime: no SIGTERM will be sent at the end of this environment: {reason}\n")


def answer() -> None:
    """Has this process end as was registered when it gets SIGTERM."""
    _signal.signal(_signal.SIGTERM, _end)


def _request(settings: "Settings", method: str, path: str, header: str) -> bytes:
    host = f"[{settings.api_host}]" if ":" in settings.api_host else settings.api_host
    body = '{"events": []}' if method == "POST" else ""
    return (
        f"{method} {PREFIX}/{path} HTTP/1.1\r\nHost: {host}:{settings.api_port}\r\n{header}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode("latin-1")


def _end(_number: int, _frame: object) -> "NoReturn":
    while _registered:
        function, arguments, named = _registered.pop()
        try:
            result: Any = function(*arguments, **named)
            if hasattr(type(result), "__await__"):
                from thaw_runtime.asynchronous import run_at_end

                run_at_end(result)
        except Exception as error:  # noqa: BLE001 - the others are called all the same
            from thaw_runtime.failure import Failure

            Failure.of(error, request_id="").log()
    sys.exit(0)
