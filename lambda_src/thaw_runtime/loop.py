"""Serves invocations one after the other."""

import os

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
    for invocation in invocations:
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
    if isinstance(result, bytes):
        return result, "application/unknown"
    try:
        return encode(result), "application/json"
    except MarshalError:
        # What is streamed has no form in JSON, so nothing looks for it where there is one.
        from thaw_runtime.streaming import Stream

        stream = Stream.of(result, invocation.request_id)
        if stream is None:
            raise
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
    failure.log()
    api.fail(invocation.request_id, failure)
