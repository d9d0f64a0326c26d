"""Functions that streams and asynchronous events invoke: what becomes of what they fail on."""

from collections.abc import Iterator

from constructs_lib.checks import facts
from constructs_lib.checks.catalogue import Fault, warning
from constructs_lib.checks.queues import MAPPING
from constructs_lib.checks.resources import Application, Resource
from constructs_lib.checks.values import is_true, known_text, number, text

_STREAMS = {
    "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::Kinesis::Stream", "AWS::Kinesis::StreamConsumer",
}  # fmt: skip
_STREAM_SERVICES = ("arn:aws:dynamodb:", "arn:aws:kinesis:")


@warning("THAW167", fix="halve failed batches, bound retries or age, and send what is given up to a queue")
def poison_record_blocks_shard(application: Application) -> Iterator[Fault]:
    """A record that always fails is repeated until the stream forgets it, and everything behind it in its shard waits."""
    for each in application.of(MAPPING):
        missing = ", ".join(_missing(each))
        if missing and _reads_a_stream(application, each):
            yield Fault(
                each,
                "lets a record that always fails hold up its shard",
                f"no {missing}",
                "BisectBatchOnFunctionError, MaximumRetryAttempts or MaximumRecordAgeInSeconds, and an OnFailure destination",
                missing.partition(",")[0].partition(" ")[0],
            )


@warning("THAW168", fix="give the function a dead-letter queue or an on-failure destination")
def events_lost(application: Application) -> Iterator[Fault]:
    """An event that invoked the function asynchronously is dropped after two retries, and nobody hears of it."""
    kept = set(_with_destination(application))
    seen = set()
    for function, source in _invoked_asynchronously(application):
        if function in kept or function in seen or function.get("DeadLetterConfig") is not None:
            continue
        seen.add(function)
        yield Fault(
            function,
            f"loses the events of {source} that it fails on",
            "no DeadLetterConfig, no OnFailure destination",
            "one of the two",
            "DeadLetterConfig",
        )


def _reads_a_stream(application: Application, each: Resource) -> bool:
    source = application.target(each, "EventSourceArn")
    if source is not None:
        return source.kind in _STREAMS
    return known_text(each.get("EventSourceArn")).startswith(_STREAM_SERVICES)


def _missing(each: Resource) -> Iterator[str]:
    """What keeps a record from holding up its shard and is not there."""
    if number(each.get("BatchSize")) != 1 and not is_true(each.get("BisectBatchOnFunctionError")):
        yield "BisectBatchOnFunctionError"
    bounds = (each.get("MaximumRetryAttempts"), each.get("MaximumRecordAgeInSeconds"))
    if all(bound is None or number(bound) == -1 for bound in bounds):  # -1: as long as the stream keeps it
        yield "MaximumRetryAttempts"
    if each.get("DestinationConfig") is None:
        yield "DestinationConfig.OnFailure"


def _with_destination(application: Application) -> Iterator[Resource]:
    for config in application.of("AWS::Lambda::EventInvokeConfig"):
        function = application.function(config.stack, config.get("FunctionName"))
        if function is not None and config.get("DestinationConfig", "OnFailure") is not None:
            yield function


def _invoked_asynchronously(application: Application) -> Iterator[tuple[Resource, str]]:
    """Functions with the service that does not wait for them."""
    for permission in application.of("AWS::Lambda::Permission"):
        service = facts.ASYNCHRONOUS_SERVICES.get(text(permission.get("Principal")) or "")
        function = application.function(permission.stack, permission.get("FunctionName"))
        if service is not None and function is not None:
            yield function, service
    for schedule in application.of("AWS::Scheduler::Schedule"):
        function = application.function(schedule.stack, schedule.get("Target", "Arn"))
        if function is not None:
            yield function, "EventBridge Scheduler"
