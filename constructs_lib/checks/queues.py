"""Functions that are fed from queues."""

from collections.abc import Iterator
from typing import NamedTuple

from constructs_lib.checks import facts
from constructs_lib.checks.catalogue import Fault, error, warning
from constructs_lib.checks.resources import Application, Resource
from constructs_lib.checks.values import is_true, items, mapping, number, text

QUEUE, TOPIC = "AWS::SQS::Queue", "AWS::SNS::Topic"
MAPPING = "AWS::Lambda::EventSourceMapping"
_SUFFIX = ".fifo"


class Feed(NamedTuple):
    """A queue and what Lambda feeds from it."""

    mapping: Resource
    queue: Resource
    function: Resource | None


@error("THAW161", fix="raise the queue's visibility timeout to six times the function's timeout")
def visibility_below_timeout(application: Application) -> Iterator[Fault]:
    """The queue would hand a message out again while the function still works on it; Lambda refuses such a mapping."""
    for timing in application.once(_timings):
        if timing.visibility < timing.timeout:
            yield _handed_out_early(timing, timing.timeout)


@warning("THAW162", fix="raise the queue's visibility timeout to six times the function's timeout")
def visibility_below_six_timeouts(application: Application) -> Iterator[Fault]:
    """While Lambda is throttled it keeps a message for longer than the function takes, and the message is handed out twice."""
    for timing in application.once(_timings):
        wanted = facts.VISIBILITY_TIMEOUTS * timing.timeout
        if timing.timeout <= timing.visibility < wanted:
            yield _handed_out_early(timing, wanted)


@warning("THAW163", fix="set report_batch_item_failures and let the handler name the messages that failed")
def partial_batch_failures_off(application: Application) -> Iterator[Fault]:
    """One message that fails brings the whole batch back, the messages that succeeded included."""
    for feed in application.once(_feeds):
        batch = number(feed.mapping.get("BatchSize"))
        if batch != 1 and "ReportBatchItemFailures" not in items(feed.mapping.get("FunctionResponseTypes")):
            yield Fault(
                feed.mapping,
                f"repeats a whole batch of {feed.queue} when one message fails",
                "no FunctionResponseTypes",
                "ReportBatchItemFailures",
                "FunctionResponseTypes",
            )


@error("THAW164", fix="set max_batching_window to a second or more, or batch_size to 10 or less")
def batch_without_window(application: Application) -> Iterator[Fault]:
    """Lambda gathers more than 10 messages of a queue only if it is told for how long."""
    for feed in application.once(_feeds):
        batch = number(feed.mapping.get("BatchSize"))
        window = feed.mapping.get("MaximumBatchingWindowInSeconds")
        if batch is not None and batch > facts.BATCH_WITHOUT_WINDOW and number(window or 0) == 0:
            yield Fault(
                feed.mapping,
                f"asks for batches of {feed.queue} that Lambda does not gather without a window",
                f"BatchSize {batch:g}",
                f"at most {facts.BATCH_WITHOUT_WINDOW} without MaximumBatchingWindowInSeconds",
                "BatchSize",
            )


@warning("THAW165", fix="give the queue a dead-letter queue and an alarm on its depth")
def queue_without_dead_letter_queue(application: Application) -> Iterator[Fault]:
    """A message that always fails is repeated until the queue forgets it, and is lost then."""
    for feed in application.once(_feeds):
        if feed.queue.get("RedrivePolicy") is None:
            yield Fault(
                feed.queue,
                "feeds a function and has no dead-letter queue",
                "no RedrivePolicy",
                "a RedrivePolicy with a dead-letter queue",
                "RedrivePolicy",
            )


@error("THAW166", fix="use a standard queue or topic, or make both ends FIFO where the service takes that")
def fifo_misused(application: Application) -> Iterator[Fault]:
    """A FIFO queue or topic where the service takes none, or with props that FIFO has no room for."""
    for resource in application.of(QUEUE, TOPIC):
        yield from _misnamed(resource)
    for feed in application.once(_feeds):
        if _is_fifo(feed.queue):
            yield from _misfed(feed)
    for queue in application.of(QUEUE):
        yield from _mixed_redrive(application, queue)
    for function in application.functions:
        yield from _fifo_target(application, function, "DeadLetterConfig", "TargetArn")
    for config in application.of("AWS::Lambda::EventInvokeConfig"):
        yield from _fifo_target(application, config, "DestinationConfig", "OnFailure", "Destination")
        yield from _fifo_target(application, config, "DestinationConfig", "OnSuccess", "Destination")


def _feeds(application: Application) -> list[Feed]:
    sources = ((each, application.target(each, "EventSourceArn")) for each in application.of(MAPPING))
    return [
        Feed(each, queue, application.function(each.stack, each.get("FunctionName")))
        for each, queue in sources
        if queue is not None and queue.kind == QUEUE
    ]


class Timing(NamedTuple):
    """A feed whose times are known, in seconds."""

    queue: Resource
    function: Resource
    visibility: float
    timeout: float


def _timings(application: Application) -> list[Timing]:
    found = []
    for feed in application.once(_feeds):
        if feed.function is not None:
            visibility = _seconds(feed.queue.get("VisibilityTimeout"), facts.DEFAULT_VISIBILITY_SECONDS)
            timeout = _seconds(feed.function.get("Timeout"), facts.DEFAULT_TIMEOUT_SECONDS)
            if visibility is not None and timeout is not None:
                found.append(Timing(feed.queue, feed.function, visibility, timeout))
    return found


def _seconds(value: object, default: float) -> float | None:
    return default if value is None else number(value)


def _handed_out_early(timing: Timing, wanted: float) -> Fault:
    return Fault(
        timing.queue,
        f"hands a message out again too early for {timing.function}, whose timeout is {timing.timeout:g} s",
        f"{timing.visibility:g} s",
        f"at least {wanted:g} s",
        "VisibilityTimeout",
        f"set visibility_timeout to {facts.VISIBILITY_TIMEOUTS * timing.timeout:g} s",
    )


def _is_fifo(resource: Resource) -> bool:
    return is_true(resource.get("FifoQueue")) or is_true(resource.get("FifoTopic"))


def _misnamed(resource: Resource) -> Iterator[Fault]:
    prop = "QueueName" if resource.kind == QUEUE else "TopicName"
    name = text(resource.get(prop))
    if name is not None and name.endswith(_SUFFIX) != _is_fifo(resource):
        yield Fault(
            resource,
            "has a name that does not go with its type",
            name,
            f"a name that ends in {_SUFFIX} if it is FIFO, and only then",
            prop,
            "leave the name out, or set fifo to what the name says",
        )


def _misfed(feed: Feed) -> Iterator[Fault]:
    window, batch = (feed.mapping.get(name) for name in ("MaximumBatchingWindowInSeconds", "BatchSize"))
    if (number(window) or 0) > 0:
        yield Fault(
            feed.mapping,
            f"gathers batches of {feed.queue}, which is FIFO",
            f"{window} s",
            "no batching window on a FIFO queue",
            "MaximumBatchingWindowInSeconds",
            "leave max_batching_window out",
        )
    if (number(batch) or 0) > facts.BATCH_WITHOUT_WINDOW:
        yield Fault(
            feed.mapping,
            f"takes batches of {feed.queue}, which is FIFO, that are too large",
            batch,
            f"at most {facts.BATCH_WITHOUT_WINDOW}",
            "BatchSize",
            f"set batch_size to {facts.BATCH_WITHOUT_WINDOW} or less",
        )


def _mixed_redrive(application: Application, queue: Resource) -> Iterator[Fault]:
    policy = mapping(queue.get("RedrivePolicy"))
    reference = application.refer(queue.stack, policy.get("deadLetterTargetArn"))
    if (
        reference is not None
        and reference.resource.kind == QUEUE
        and _is_fifo(reference.resource) != _is_fifo(queue)
    ):
        yield Fault(
            queue,
            "has a dead-letter queue of the other type",
            f"{reference.resource}, {_type(reference.resource)}",
            f"a dead-letter queue that is {_type(queue)}, as the queue itself",
            "RedrivePolicy.deadLetterTargetArn",
            "make both FIFO or both standard",
        )


def _fifo_target(application: Application, resource: Resource, *names: str) -> Iterator[Fault]:
    target = application.target(resource, *names)
    if target is not None and target.kind in (QUEUE, TOPIC) and _is_fifo(target):
        yield Fault(
            resource,
            f"sends what it is done with to {target}, which is FIFO",
            "a FIFO queue or topic",
            "a standard queue or topic: Lambda sends no message groups",
            ".".join(names),
        )


def _type(resource: Resource) -> str:
    return "FIFO" if _is_fifo(resource) else "standard"
