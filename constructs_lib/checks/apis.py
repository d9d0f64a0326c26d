"""Functions behind an API or a URL."""

from collections.abc import Iterator

from constructs_lib.checks import facts
from constructs_lib.checks.catalogue import Fault, warning
from constructs_lib.checks.resources import Application, Resource
from constructs_lib.checks.values import number

# Kind of integration, its address, its timeout in ms, and the default of that in seconds.
_INTEGRATIONS = (
    ("AWS::ApiGatewayV2::Integration", ("IntegrationUri",), ("TimeoutInMillis",), facts.HTTP_API_SECONDS),
    (
        "AWS::ApiGateway::Method",
        ("Integration", "Uri"),
        ("Integration", "TimeoutInMillis"),
        facts.REST_API_SECONDS,
    ),
)


@warning(
    "THAW169", fix="lower the function's timeout below the API's, or answer at once and work asynchronously"
)
def api_gives_up_first(application: Application) -> Iterator[Fault]:
    """The API answers 503 or 504 and the function goes on, billed, for nobody."""
    for integration, function, seconds in _integrations(application):
        timeout = number(function.get("Timeout"))
        if timeout is not None and timeout > seconds:
            yield Fault(
                function,
                f"may run for longer than {integration} waits for its answer",
                f"{timeout:g} s",
                f"at most {seconds:g} s",
                "Timeout",
            )


@warning(
    "THAW170", fix="set auth_type to AWS_IAM, or acknowledge that the function checks its callers itself"
)
def function_url_open(application: Application) -> Iterator[Fault]:
    """Everybody who knows the URL can invoke the function, at its owner's expense."""
    for url in application.of("AWS::Lambda::Url"):
        if url.get("AuthType") == "NONE":
            yield Fault(url, "can be called by anybody", "NONE", "AWS_IAM", "AuthType")


def _integrations(application: Application) -> Iterator[tuple[Resource, Resource, float]]:
    """Integration, the function behind it, and how many seconds it waits."""
    for kind, address, limit, default in _INTEGRATIONS:
        for integration in application.of(kind):
            function = _behind(application, integration, integration.get(*address))
            milliseconds = integration.get(*limit)
            seconds = default if milliseconds is None else (number(milliseconds) or 0) / 1000
            if function is not None and seconds:
                yield integration, function, seconds


def _behind(application: Application, integration: Resource, address: object) -> Resource | None:
    """The function that an address leads to; REST APIs have its ARN in the middle of theirs."""
    mentioned = (
        application.function(reference.resource.stack, {"Ref": reference.resource.logical_id})
        for reference in application.mentioned(integration.stack, address)
    )
    return next((function for function in mentioned if function is not None), None)
