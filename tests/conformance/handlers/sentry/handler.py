"""A function with Sentry's agent, which prints what it would send."""

# ruff: noqa: T201 - what is printed is what tests look at
import os

import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.integrations.aws_lambda import AwsLambdaIntegration
from sentry_sdk.transport import Transport


class Printed(Transport):
    """In the place of Sentry's service."""

    def capture_envelope(self, envelope: Envelope) -> None:
        for item in envelope.items:
            event = item.get_event()
            if event is not None:
                error = event["exception"]["values"][-1]
                print("captured", error["type"], error["value"], error["mechanism"]["handled"])

    def flush(self, *_: object, **_named: object) -> None:
        print("flushed")


sentry_sdk.init(
    dsn="http://key@localhost/1",
    release="1",  # it would ask git, for which a build is no place
    transport=Printed,
    integrations=[AwsLambdaIntegration()],
    auto_enabling_integrations=False,
)
if "FAIL" in os.environ:
    raise LookupError("init")


def handle(event: object, context: object) -> object:
    if event == "fail":
        raise ValueError("handler")
    return event
