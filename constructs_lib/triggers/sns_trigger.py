"""A topic that invokes a function."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.functions.dead_letter_queue import dead_letters_of
from constructs_lib.triggers.work_queue import WorkQueue


class SnsTrigger(sns.Subscription):
    """Invokes a function with batches of a topic's messages.

    The messages pass through a ``WorkQueue``, which the function is fed from; what the function fails on is
    repeated there. A direct subscription would start one environment for each message and lose what the
    function fails on three times in three minutes.

    The function gets SQS records, each with one message as its ``body``, as it was published:
    ``{"Records": [{"eventSource": "aws:sqs", "messageId": ..., "body": ...}]}``.

    Args:
        scope: the parent construct.
        id: the construct's id.
        function: what is invoked.
        topic: where the messages come from.
        filter_policy: which messages, by their attributes. Default: all.
        batch_size: messages in one invocation, 1 to 10,000. Default: 10.
        max_batching_window: how long to gather messages for a batch, 5 minutes at most; needed for more
            than 10. Default: no wait.
        visibility_timeout: how long a message rests after a failure; at least the function's timeout.
            Default: six times the function's timeout.
        max_concurrency: how many batches are worked on at a time at most, 2 to 1,000. Default: as many as
            Lambda allows.
        dead_letter_queue: for messages that cannot be queued or failed every time. Default: the function's.

    Attributes:
        queue: what waits to be worked on.
        dead_letter_queue: the queue in use.

    Raises:
        NoDeadLetterQueueError: neither this trigger nor the function has one.
        VisibilityTooShortError: ``visibility_timeout`` is less than the function's timeout.
        OutOfRangeError: ``max_concurrency`` is not a figure that Lambda takes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        function: lambda_.Function,
        topic: sns.ITopic,
        filter_policy: Mapping[str, sns.SubscriptionFilter] | None = None,
        batch_size: int = 10,
        max_batching_window: cdk.Duration | None = None,
        visibility_timeout: cdk.Duration | None = None,
        max_concurrency: int | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
    ) -> None:
        dead_letters = dead_letters_of(id, function, dead_letter_queue)
        # Beside the subscription, which needs its address to be made.
        self.queue = WorkQueue(
            scope,
            f"{id}Queue",
            function=function,
            dead_letter_queue=dead_letters,
            batch_size=batch_size,
            max_batching_window=max_batching_window,
            visibility_timeout=visibility_timeout,
            max_concurrency=max_concurrency,
        )
        super().__init__(
            scope,
            id,
            topic=topic,
            protocol=sns.SubscriptionProtocol.SQS,
            endpoint=self.queue.queue_arn,
            raw_message_delivery=True,
            filter_policy=filter_policy,
            dead_letter_queue=dead_letters,
        )
        self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sqs:SendMessage"],
                resources=[self.queue.queue_arn],
                principals=[iam.ServicePrincipal("sns.amazonaws.com")],
                conditions={"ArnEquals": {"aws:SourceArn": topic.topic_arn}},
            )
        )
