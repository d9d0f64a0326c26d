"""The queue between a source of events and a function."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.triggers import access, visibility
from constructs_lib.triggers.figures import VISIBILITY_SECONDS, Figures, Filters, in_seconds
from constructs_lib.triggers.queue_mapping import QueueBatches
from constructs_lib.triggers.target import Target

# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-queueconfig
RECEIVES = 5


class WorkQueue(sqs.Queue):
    """Holds events until a function has dealt with them, and feeds them to it.

    An invocation that fails is repeated after ``visibility_timeout``, ``RECEIVES`` times in all, so a database
    that is away for a while costs nothing but the wait. Lambda's own retries of an asynchronous invocation
    end after three minutes, and it starts one environment per event. What still fails goes to the dead-letter
    queue, from where SQS can move it back.

    The function may report partial failures (``{"batchItemFailures": [{"itemIdentifier": messageId}]}``), so
    that what succeeded is not repeated.

    Args:
        scope: the parent construct.
        id: the construct's id.
        target: what is fed.
        dead_letter_queue: for what failed every time.
        batches: how the messages are handed over.
        visibility_timeout: how long a message rests after a failure, at least the function's timeout and 12 hours
            at most. Default: six times the function's timeout.
        filters: patterns; a message that matches none is dropped. Default: every message.

    Raises:
        VisibilityTooShortError: ``visibility_timeout`` is less than the function's timeout.
        OutOfRangeError: a figure is not one that Lambda or SQS takes.
        FifoError: ``batches`` are not what a FIFO queue allows.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        target: Target,
        dead_letter_queue: sqs.IQueue,
        batches: QueueBatches,
        visibility_timeout: cdk.Duration | None = None,
        filters: Filters | None = None,
    ) -> None:
        path = Place(scope, id)
        batches.check(path)
        rest = _rest(path, target, visibility_timeout)
        super().__init__(
            scope,
            id,
            fifo=batches.fifo or None,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=visibility_timeout if rest is None else asked_once.seconds(rest),
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letter_queue, max_receive_count=RECEIVES),
        )
        lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=target.invoked,
            event_source_arn=self.queue_arn,
            filters=filters,
            report_batch_item_failures=True,
            **batches.props(),
        )
        target.allow(*access.take_from(self))
        if rest is not None:
            visibility.warn_of_short_rest(self, target, rest)


def _rest(path: object, target: Target, visibility_timeout: cdk.Duration | None) -> int | None:
    """The visibility timeout in seconds; None where only the deployment will know it."""
    if visibility_timeout is None:
        return visibility.advised(target)
    Figures(path).duration("visibility_timeout", visibility_timeout, VISIBILITY_SECONDS)
    seconds = in_seconds(visibility_timeout)
    if seconds is None:
        return None
    visibility.require_timeout(path, target, seconds, change="raise visibility_timeout or leave it out")
    return int(seconds)
