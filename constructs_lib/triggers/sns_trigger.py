"""A topic that invokes a function."""

from collections.abc import Mapping
from math import prod

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.asked_once import Place
from constructs_lib.constructors import checked
from constructs_lib.errors import ConflictingPropsError
from constructs_lib.triggers.dead_letters import dead_letters_for
from constructs_lib.triggers.errors import WrongFilterError
from constructs_lib.triggers.queue_mapping import QueueBatches
from constructs_lib.triggers.target import target_of
from constructs_lib.triggers.work_queue import WorkQueue

# https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
FILTER_NAMES = 5
FILTER_COMBINATIONS = 150


@checked
class SnsTrigger(sns.Subscription):
    """Invokes a function with batches of a topic's messages.

    The messages pass through a ``WorkQueue``, which the function is fed from; what the function fails on is
    repeated there. A direct subscription would start one environment for each message and lose what the
    function fails on three times in three minutes.

    The function gets SQS records, each with one message as its ``body``, as it was published:
    ``{"Records": [{"eventSource": "aws:sqs", "messageId": ..., "body": ...}]}``.

    A FIFO topic keeps its order: the queue is then a FIFO queue as well, and ``dead_letter_queue`` has to be one that you
    give, because a function's own takes no part in an order.

    Args:
        scope: the parent construct.
        id: the construct's id.
        function: what is invoked, a function or an alias of one.
        topic: where the messages come from.
        filter_policy: which messages, by their attributes; five attributes at most. Default: all.
        filter_policy_with_message_body: which messages, by their body, which then has to be JSON. Default: all.
        batch_size: messages in one invocation, 1 to 10,000, of a FIFO topic 1 to 10. Default: 10.
        max_batching_window: how long to gather messages for a batch, 5 minutes at most; needed for more
            than 10, not possible with a FIFO topic. Default: no wait.
        visibility_timeout: how long a message rests after a failure; at least the function's timeout.
            Default: six times the function's timeout.
        max_concurrency: how many batches are worked on at a time at most, 2 to 1,000. Default: as many as
            Lambda allows.
        dead_letter_queue: for messages that cannot be queued or failed every time. Default: the function's.

    Attributes:
        queue: what waits to be worked on.
        dead_letter_queue: the queue in use.

    Warnings:
        thaw:visibility: ``visibility_timeout`` is less than six times the function's timeout.

    Raises:
        UnsuitableTargetError: ``function`` is a version or imported.
        NoDeadLetterQueueError: neither this trigger nor the function has one.
        FifoError: the topic is FIFO, and the dead-letter queue is not or a figure is not possible; or the other way round.
        ConflictingPropsError: there are two filter policies.
        WrongFilterError: a filter policy is more than SNS takes.
        VisibilityTooShortError: ``visibility_timeout`` is less than the function's timeout.
        OutOfRangeError: a figure is not one that the services take.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        function: lambda_.Function | lambda_.Alias,
        topic: sns.ITopic,
        filter_policy: Mapping[str, sns.SubscriptionFilter] | None = None,
        filter_policy_with_message_body: Mapping[str, sns.FilterOrPolicy] | None = None,
        batch_size: int = 10,
        max_batching_window: cdk.Duration | None = None,
        visibility_timeout: cdk.Duration | None = None,
        max_concurrency: int | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
    ) -> None:
        path = Place(scope, id)
        target = target_of(path, function)
        fifo = bool(topic.fifo)
        dead_letters = dead_letters_for(path, target, dead_letter_queue, fifo=fifo)
        _check_filters(path, filter_policy, filter_policy_with_message_body)
        # Beside the subscription, which needs its address to be made.
        self.queue = WorkQueue(
            scope,
            f"{id}Queue",
            target=target,
            dead_letter_queue=dead_letters,
            batches=QueueBatches(batch_size, max_batching_window, max_concurrency, fifo),
            visibility_timeout=visibility_timeout,
        )
        super().__init__(
            scope,
            id,
            topic=topic,
            protocol=sns.SubscriptionProtocol.SQS,
            endpoint=self.queue.queue_arn,
            raw_message_delivery=True,
            filter_policy=filter_policy,
            filter_policy_with_message_body=filter_policy_with_message_body,
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


def _check_filters(
    path: object,
    by_attributes: Mapping[str, sns.SubscriptionFilter] | None,
    by_body: Mapping[str, sns.FilterOrPolicy] | None,
) -> None:
    if by_attributes is not None and by_body is not None:
        raise ConflictingPropsError(
            f"{path} is given props that exclude each other",
            received="filter_policy and filter_policy_with_message_body",
            allowed="one of them; SNS looks at attributes or at the body",
            change="leave one of them out",
        )
    names = len(by_attributes or by_body or {})
    if names > FILTER_NAMES:
        _refuse(path, f"{names} names", f"{FILTER_NAMES} names at most")
    combinations = prod(len(each.conditions) for each in (by_attributes or {}).values())
    if combinations > FILTER_COMBINATIONS:
        _refuse(path, f"{combinations} combinations", f"{FILTER_COMBINATIONS} combinations of values at most")
    if combinations == 0:
        _refuse(path, "a name without values", "one value or more for each name")


def _refuse(path: object, received: str, allowed: str) -> None:
    raise WrongFilterError(
        f"{path} has a filter policy that cannot be deployed",
        received=received,
        allowed=allowed,
        change="filter by less, and let the function pass over the rest",
    )
