"""The names of AWS's own runtime that agents put themselves in front of, Sentry's and those made after it.

Such an agent looks for a module ``bootstrap``, in ``__main__`` for example, replaces its ``handle_event_request`` to wrap the
handler, and ``LambdaRuntimeClient``'s methods that post, to send what it has gathered before the environment is frozen.
``__main__.bootstrap`` is this module. It is imported when somebody asks for that name; from then on invocations are answered through
these functions, whatever they have been replaced by.
"""

from thaw_runtime import logs, loop
from thaw_runtime.context import tenant_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from thaw_runtime.api import Invocation, RuntimeApi
    from thaw_runtime.failure import Failure
    from thaw_runtime.settings import Settings
    from thaw_runtime.streaming import Stream


def answer(
    invocation: "Invocation", handler: "Callable[[Any, Any], Any]", api: "RuntimeApi", settings: "Settings"
) -> None:
    """Answers one invocation by the function of AWS's name."""
    headers = invocation.headers
    handle_event_request(
        LambdaRuntimeClient(api, invocation, settings),
        handler,
        invocation.request_id,
        invocation.body,
        headers.get("content-type"),
        headers.get("lambda-runtime-client-context"),
        headers.get("lambda-runtime-cognito-identity"),
        headers.get("lambda-runtime-invoked-function-arn"),
        headers.get("lambda-runtime-deadline-ms"),
        tenant_of(headers),
        logs.output.sink,
        headers.get("lambda-runtime-invocation-id"),
    )


loop.steps[loop.steps.index(loop.answer)] = answer


def handle_event_request(
    lambda_runtime_client: "LambdaRuntimeClient",
    request_handler: "Callable[[Any, Any], Any]",
    *_described: "Any",
) -> None:
    """Calls the handler with the client's invocation, and posts what comes of it; what further arguments say is known."""
    client = lambda_runtime_client
    if client.invocation is not None and client.settings is not None:
        # It is what a RuntimeApi is to the loop.
        loop.answer(client.invocation, request_handler, client, client.settings)  # type: ignore[arg-type]


class LambdaRuntimeClient:
    """Posts by the methods of AWS's names, with AWS's arguments.

    Args:
        api: takes what is posted.
        invocation: None in the init phase, as are the settings.
        settings: of the environment.
    """

    def __init__(
        self, api: "RuntimeApi", invocation: "Invocation | None" = None, settings: "Settings | None" = None
    ) -> None:
        self.invocation = invocation
        self.settings = settings
        self._api = api
        self._failure: Failure | None = None

    def respond(self, request_id: str, body: bytes, content_type: str) -> None:
        """As of ``RuntimeApi``."""
        self.post_invocation_result(request_id, body, content_type)

    def stream(self, request_id: str, stream: "Stream") -> None:
        """As of ``RuntimeApi``; what the handler's generator does has yet to come when an agent sends what it has gathered."""
        self.post_invocation_result(request_id, stream, stream.content_type)

    def fail(self, request_id: str, failure: "Failure") -> None:
        """As of ``RuntimeApi``."""
        self._failure = failure
        self.post_invocation_error(request_id, failure.body().decode(), failure.cause())

    def fail_init(self, failure: "Failure") -> None:
        """As of ``RuntimeApi``."""
        self._failure = failure
        self.post_init_error(failure.body().decode())

    def post_invocation_result(
        self, invoke_id: str, result_data: "bytes | Stream", content_type: str, *_described: "Any"
    ) -> None:
        """Delivers a response."""
        if isinstance(result_data, bytes):
            self._api.respond(invoke_id, result_data, content_type)
        else:
            self._api.stream(invoke_id, result_data)

    def post_invocation_error(self, invoke_id: str, *_described: "Any") -> None:
        """Reports that the handler failed."""
        if self._failure is not None:
            self._api.fail(invoke_id, self._failure)

    def post_init_error(self, *_described: "Any") -> None:
        """Reports that the init phase failed."""
        if self._failure is not None:
            self._api.fail_init(self._failure)
