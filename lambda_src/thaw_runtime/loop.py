"""Serves invocations one after the other."""

import os
import sys

from thaw_runtime import logs
from thaw_runtime.api import ReportRefusedError, ResponseRefusedError
from thaw_runtime.codec import MarshalError, decode, encode
from thaw_runtime.context import LambdaContext, header_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from thaw_runtime.api import Invocation, RuntimeApi
    from thaw_runtime.settings import Settings
    from thaw_runtime.streaming import Stream

    Step = Callable[[Invocation, Callable[[Any, Any], Any], RuntimeApi, Settings], None]

JSON = "application/json"
# What a result is, nearly always.
JSON_TYPES = frozenset({dict, list, str, int, float, bool, type(None), tuple})
# What is called for each invocation, in this order. Modules that take part put themselves in when they are imported:
# `agents` in the place of `answer`, `after` behind it.
steps: "list[Step]" = []

TRACE_ID = b"_X_AMZN_TRACE_ID"


def serve(
    invocations: "Iterable[Invocation]",
    handler: "Callable[[Any, Any], Any]",
    api: "RuntimeApi",
    settings: "Settings",
) -> None:
    """Answers every invocation with the handler's result or with what went wrong.

    Args:
        invocations: endless in production.
        handler: called with event and context.
        api: takes responses and failures.
        settings: of the environment.
    """
    for invocation in invocations:
        logs.current.invocation = invocation
        for step in steps:
            step(invocation, handler, api, settings)


def answer(
    invocation: "Invocation", handler: "Callable[[Any, Any], Any]", api: "RuntimeApi", settings: "Settings"
) -> None:
    """Answers one invocation."""
    # What happens each time stands here, not in functions of its own: on a warm path a call costs as much as what it does.
    headers = invocation.headers
    body: bytes | Stream
    try:
        _set_trace_id(headers.get("lambda-runtime-trace-id"))
        context = LambdaContext(invocation, settings)
        # AWS's runtime decodes what is declared as JSON and hands over everything else as bytes.
        is_json = headers.get("content-type", JSON) == JSON
        result = handler(decode(invocation.body) if is_json else invocation.body, context)
        if type(result) in JSON_TYPES:
            body, content_type = encode(result, ascii_only=settings.ascii_only), JSON
        else:
            body, content_type = _sendable(result, invocation.request_id, ascii_only=settings.ascii_only)
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is its failure, not the environment's
        _report(error, invocation, api)
        return
    try:
        if isinstance(body, bytes):
            api.respond(invocation.request_id, body, content_type)
        else:
            api.stream(invocation.request_id, body)
    except ResponseRefusedError as error:
        _report_refusal(error, invocation, api)


steps.append(answer)


def _sendable(result: "Any", request_id: str, *, ascii_only: bool) -> "tuple[bytes | Stream, str]":
    if isinstance(result, bytes):
        return result, "application/unknown"
    if not _is_yet_to_be_made(result):
        return encode(result, ascii_only=ascii_only), JSON
    if hasattr(result, "_asdict") or "thaw_runtime.json_types" in sys.modules:
        try:
            return encode(result, ascii_only=ascii_only), JSON
        except MarshalError:
            pass
    from thaw_runtime.streaming import Stream

    stream = Stream.of(result, request_id)
    if stream is None:
        # A decorator may hide that a handler is asynchronous.
        from thaw_runtime.asynchronous import run

        return _sendable(run(result), request_id, ascii_only=ascii_only)
    stream.begin()
    return stream, stream.content_type


def _is_yet_to_be_made(result: "Any") -> bool:
    """Whether a result is to be streamed or awaited, unless it has a form in JSON after all."""
    kind = type(result)
    if hasattr(kind, "__next__") or hasattr(kind, "__anext__") or hasattr(kind, "__await__"):
        return not issubclass(kind, (dict, list, tuple, str, int, float))
    # Whoever has a Response has imported its module.
    streaming = sys.modules.get("thaw_runtime.streaming")
    return streaming is not None and isinstance(result, streaming.Response)


def _set_trace_id(trace_id: str | None) -> None:
    # The X-Ray SDK reads this variable; a stale one would file a segment under another invocation's trace.
    if trace_id:
        # What os.environ does to set it, but for the five calls by which it encodes name and value: they took a tenth of
        # all that the runtime does in an invocation.
        value = (trace_id if trace_id.isascii() else header_text(trace_id)).encode()
        os.putenv(TRACE_ID, value)
        os.environ._data[TRACE_ID] = value  # type: ignore[attr-defined]  # noqa: SLF001 - as said above
    else:
        os.environ.pop(TRACE_ID.decode(), None)


def _report_refusal(error: ResponseRefusedError, invocation: "Invocation", api: "RuntimeApi") -> None:
    try:  # noqa: SIM105 - contextlib is on no cold start's bill
        _report(error, invocation, api)
    except ReportRefusedError:
        # Lambda's emulator has told the caller by itself, and waits for the next call to /next.
        pass


def _report(error: Exception, invocation: "Invocation", api: "RuntimeApi") -> None:
    from thaw_runtime.failure import Failure

    failure = Failure.of(error, invocation.request_id)
    # An exception that a module keeps and raises again would gather the frames of every invocation, and what they hold.
    BaseException.with_traceback(error, None)
    failure.log()
    api.fail(invocation.request_id, failure)
