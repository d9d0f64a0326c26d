"""The queue between a source of events and a function."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.errors import OutOfRangeError, VisibilityTooShortError

# Configuring Lambda with SQS, AWS Lambda Developer Guide: six times the function's timeout, five receives.
VISIBILITY_TIMEOUTS = 6
RECEIVES = 5
CONCURRENCY = range(2, 1001)

QUEUE_ACTIONS = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")


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
        function: what is fed.
        dead_letter_queue: for what failed every time.
        batch_size: messages in one invocation, 1 to 10,000.
        max_batching_window: how long to gather messages for a batch; needed for more than 10.
        visibility_timeout: how long a message rests after a failure; at least the function's timeout.
            Default: six times the function's timeout.
        max_concurrency: how many batches are worked on at a time at most, 2 to 1,000. Default: as many as
            Lambda allows.

    Raises:
        VisibilityTooShortError: ``visibility_timeout`` is less than the function's timeout.
        OutOfRangeError: ``max_concurrency`` is not a figure that Lambda takes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        function: lambda_.Function,
        dead_letter_queue: sqs.IQueue,
        batch_size: int,
        max_batching_window: cdk.Duration | None = None,
        visibility_timeout: cdk.Duration | None = None,
        max_concurrency: int | None = None,
    ) -> None:
        path = f"{scope.node.path}/{id}"
        _require_concurrency(path, max_concurrency)
        super().__init__(
            scope,
            id,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=_visibility(path, function, visibility_timeout),
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letter_queue, max_receive_count=RECEIVES),
        )
        lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=function,
            event_source_arn=self.queue_arn,
            batch_size=batch_size,
            max_batching_window=max_batching_window,
            max_concurrency=max_concurrency,
            report_batch_item_failures=True,
        )
        function.add_to_role_policy(
            iam.PolicyStatement(actions=list(QUEUE_ACTIONS), resources=[self.queue_arn])
        )


def _visibility(
    queue: str, function: lambda_.Function, visibility_timeout: cdk.Duration | None
) -> cdk.Duration:
    timeout = (function.timeout or cdk.Duration.seconds(3)).to_seconds()
    if visibility_timeout is None:
        return cdk.Duration.seconds(VISIBILITY_TIMEOUTS * timeout)
    if visibility_timeout.to_seconds() < timeout:
        raise VisibilityTooShortError(
            f"{queue} would hand out a message again while {function.node.path} works on it",
            received=f"visibility_timeout {visibility_timeout.to_seconds():g} s",
            allowed=f"at least the function's timeout, {timeout:g} s",
            change="raise visibility_timeout or leave it out",
        )
    return visibility_timeout


def _require_concurrency(queue: str, max_concurrency: int | None) -> None:
    if max_concurrency is not None and max_concurrency not in CONCURRENCY:
        raise OutOfRangeError(
            f"{queue} has a max_concurrency that Lambda does not take",
            received=max_concurrency,
            allowed=f"{CONCURRENCY.start} to {CONCURRENCY.stop - 1}",
            change="choose a figure in the range, or leave it out for no limit",
        )
