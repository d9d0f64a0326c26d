"""Serves invocations one after the other."""

import os
import sys

from thaw_runtime import logs
from thaw_runtime.api import ReportRefusedError, ResponseRefusedError
from thaw_runtime.codec import MarshalError, decode, encode
from thaw_runtime.context import LambdaContext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from thaw_runtime.api import Invocation, RuntimeApi
    from thaw_runtime.settings import Settings
    from thaw_runtime.streaming import Stream


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
    loaded = sys.modules
    for invocation in invocations:
        logs.current.invocation = invocation
        if "thaw_runtime.agents" in loaded:
            loaded["thaw_runtime.agents"].answer(invocation, handler, api, settings)
        else:
            answer(invocation, handler, api, settings)
        if "thaw_runtime.after" in loaded:
            loaded["thaw_runtime.after"].run(invocation.request_id)


def answer(
    invocation: "Invocation", handler: "Callable[[Any, Any], Any]", api: "RuntimeApi", settings: "Settings"
) -> None:
    """Answers one invocation."""
    try:
        body, content_type = _handle(invocation, handler, settings)
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is its failure, not the environment's
        _report(error, invocation, api)
    else:
        _deliver(body, content_type, invocation, api)


def _handle(
    invocation: "Invocation", handler: "Callable[[Any, Any], Any]", settings: "Settings"
) -> "tuple[bytes | Stream, str]":
    headers = invocation.headers
    _set_trace_id(headers.get("lambda-runtime-trace-id"))
    context = LambdaContext(invocation, settings)
    # AWS's runtime decodes what is declared as JSON and hands over everything else as bytes.
    is_json = headers.get("content-type", "application/json") == "application/json"
    result = handler(decode(invocation.body) if is_json else invocation.body, context)
    return _sendable(result, invocation.request_id, ascii_only=settings.ascii_only)


def _sendable(result: "Any", request_id: str, *, ascii_only: bool) -> "tuple[bytes | Stream, str]":
    if isinstance(result, bytes):
        return result, "application/unknown"
    try:
        return encode(result, ascii_only=ascii_only), "application/json"
    except MarshalError:
        # What is streamed, or yet to be awaited, has no form in JSON, so nothing looks for it where there is one.
        from thaw_runtime.streaming import Stream

        stream = Stream.of(result, request_id)
        if stream is None and not hasattr(type(result), "__await__"):
            raise
    if stream is None:
        # A decorator may hide that a handler is asynchronous.
        from thaw_runtime.asynchronous import run

        return _sendable(run(result), request_id, ascii_only=ascii_only)
    stream.begin()
    return stream, stream.content_type


def _set_trace_id(trace_id: str | None) -> None:
    # The X-Ray SDK reads this variable; a stale one would file a segment under another invocation's trace.
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)


def _deliver(body: "bytes | Stream", content_type: str, invocation: "Invocation", api: "RuntimeApi") -> None:
    try:
        if isinstance(body, bytes):
            api.respond(invocation.request_id, body, content_type)
        else:
            api.stream(invocation.request_id, body)
    except ResponseRefusedError as error:
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
