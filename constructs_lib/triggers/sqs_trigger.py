"""A queue that invokes a function."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.constructors import checked
from constructs_lib.triggers import access, visibility
from constructs_lib.triggers.figures import Figures, Filters
from constructs_lib.triggers.queue_mapping import QueueBatches
from constructs_lib.triggers.target import Target, target_of

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_SQS_DEFAULT_VISIBILITY_SECONDS = 30
NO_REDRIVE = "thaw:redrive"


@checked
class SqsTrigger(lambda_.EventSourceMapping):
    """Invokes a function with batches of a queue's messages.

    The queue is yours; this trigger neither makes nor changes one. What the function fails on goes back to the queue
    and is handed out again after the queue's visibility timeout, until the queue's redrive policy ends it.

    The function may report partial failures (``{"batchItemFailures": [{"itemIdentifier": messageId}]}``; see
    ``thaw_runtime.batch``), so that what succeeded is not repeated.

    The role may take messages out of this queue, and decrypt with its key where it has one of its own. The CDK's event
    source allows two more actions.

    Args:
        scope: the parent construct.
        id: the construct's id.
        function: what is invoked, a function or an alias of one.
        queue: where the messages are, made in this application or imported. Of an imported queue neither visibility
            timeout nor redrive policy can be checked.
        batch_size: messages in one invocation, 1 to 10,000, of a FIFO queue 1 to 10. Default: 10.
        max_batching_window: how long to gather messages for a batch, 5 minutes at most; needed for more than 10, not
            possible with a FIFO queue. Default: no wait.
        max_concurrency: how many batches are worked on at a time at most, 2 to 1,000. Default: as many as
            Lambda allows.
        filters: patterns made with ``FilterCriteria.filter``; Lambda removes a message that matches none from the
            queue without an invocation. Default: every message.
        report_batch_item_failures: whether Lambda heeds what the function returns. Without it one failed message
            repeats the whole batch. Default: true.

    Warnings:
        thaw:visibility: the queue's visibility timeout is less than six times the function's timeout.
        thaw:redrive: the queue has no redrive policy; a message that fails every time is repeated until it expires.

    Raises:
        UnsuitableTargetError: ``function`` is a version or imported.
        VisibilityTooShortError: the queue's visibility timeout is less than the function's timeout.
        OutOfRangeError: a figure is not one that Lambda takes.
        FifoError: a figure is not one that Lambda takes for a FIFO queue.
        WrongFilterError: a filter is not a pattern.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        function: lambda_.Function | lambda_.Alias,
        queue: sqs.IQueue,
        batch_size: int = 10,
        max_batching_window: cdk.Duration | None = None,
        max_concurrency: int | None = None,
        filters: Filters | None = None,
        report_batch_item_failures: bool = True,
    ) -> None:
        path = Place(scope, id)
        target = target_of(path, function)
        batches = QueueBatches(batch_size, max_batching_window, max_concurrency, bool(queue.fifo))
        batches.check(path)
        Figures(path).filters(filters)
        rest = _visibility_of(queue)
        if rest is not None:
            visibility.require_timeout(path, target, rest, change=_change(queue, target))
        super().__init__(
            scope,
            id,
            target=target.invoked,
            event_source_arn=queue.queue_arn,
            filters=filters,
            report_batch_item_failures=report_batch_item_failures,
            **batches.props(),
        )
        target.allow(*access.take_from(queue))
        if rest is not None:
            visibility.warn_of_short_rest(self, target, rest)
        self._warn_of_no_redrive(queue)

    def _warn_of_no_redrive(self, queue: sqs.IQueue) -> None:
        resource = _defined_here(queue)
        if resource is not None and resource.redrive_policy is None:
            cdk.Annotations.of(self).add_warning_v2(
                NO_REDRIVE,
                f"{queue.node.path} has no redrive policy: a message that fails every time is repeated until it "
                "expires, and then lost; give the queue a dead_letter_queue",
            )


def _visibility_of(queue: sqs.IQueue) -> float | None:
    """The queue's visibility timeout in seconds; None where it is not known."""
    resource = _defined_here(queue)
    if resource is None:
        return None
    seconds = resource.visibility_timeout
    if seconds is None:
        return _SQS_DEFAULT_VISIBILITY_SECONDS
    return None if asked_once.is_unresolved(seconds) else seconds


def _defined_here(queue: sqs.IQueue) -> sqs.CfnQueue | None:
    resource = queue.node.default_child
    return resource if isinstance(resource, sqs.CfnQueue) else None


def _change(queue: sqs.IQueue, target: Target) -> str:
    return (
        f"give {queue.node.path} visibility_timeout=Duration.seconds({visibility.advised(target)}), "
        "or lower the function's timeout"
    )
