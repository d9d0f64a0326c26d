"""SnsTrigger: each message of a topic invokes the function, and none is lost."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs_lib import DeadLetterQueue, SnsTrigger
from constructs_lib.errors import ConflictingPropsError, NoDeadLetterQueueError, OutOfRangeError
from constructs_lib.triggers.errors import FifoError, WrongFilterError
from tests.synthesis import readable, resources, statements


@pytest.fixture
def topic(stack: cdk.Stack) -> sns.Topic:
    return sns.Topic(stack, "Topic")


def test_the_topic_is_subscribed_to_by_the_queue_with_messages_as_they_are(
    stack: cdk.Stack, function: lambda_.Function, topic: sns.Topic
) -> None:
    SnsTrigger(stack, "Trigger", function=function, topic=topic)
    [subscription] = resources(stack, "AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["RawMessageDelivery"]) == ("sqs", True)
    assert readable(subscription["Endpoint"]) == "TriggerQueue.Arn"
    assert readable(subscription["TopicArn"]) == "Topic"


def test_the_function_is_fed_batches_from_the_queue(
    stack: cdk.Stack, function: lambda_.Function, topic: sns.Topic
) -> None:
    window = cdk.Duration.seconds(1)
    SnsTrigger(
        stack,
        "Trigger",
        function=function,
        topic=topic,
        batch_size=100,
        max_batching_window=window,
        max_concurrency=2,
    )
    [mapping] = resources(stack, "AWS::Lambda::EventSourceMapping")
    assert readable(mapping["EventSourceArn"]) == "TriggerQueue.Arn"
    assert (mapping["BatchSize"], mapping["MaximumBatchingWindowInSeconds"]) == (100, 1)
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_what_succeeded_of_a_batch_is_not_repeated(
    stack: cdk.Stack, function: lambda_.Function, topic: sns.Topic
) -> None:
    SnsTrigger(stack, "Trigger", function=function, topic=topic)
    [mapping] = resources(stack, "AWS::Lambda::EventSourceMapping")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_role_may_take_from_this_queue_only(
    stack: cdk.Stack, function: lambda_.Function, topic: sns.Topic
) -> None:
    SnsTrigger(stack, "Trigger", function=function, topic=topic)
    taken = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    assert (taken, "TriggerQueue.Arn") in statements(stack)


def test_what_cannot_be_delivered_goes_to_the_queue_of_the_function(
    stack: cdk.Stack, function: lambda_.Function, topic: sns.Topic
) -> None:
    SnsTrigger(stack, "Trigger", function=function, topic=topic)
    [subscription] = resources(stack, "AWS::SNS::Subscription")
    assert readable(subscription["RedrivePolicy"]["deadLetterTargetArn"]) == "FunctionDeadLetterQueue.Arn"


def test_both_queues_take_messages_from_this_topic_only(
    stack: cdk.Stack, function: lambda_.Function, topic: sns.Topic
) -> None:
    SnsTrigger(stack, "Trigger", function=function, topic=topic)
    allowed = [
        (statement["Action"], readable(statement["Condition"]["ArnEquals"]["aws:SourceArn"]))
        for policy in resources(stack, "AWS::SQS::QueuePolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert allowed == [("sqs:SendMessage", "Topic")] * 2


def test_a_message_that_fails_five_times_goes_to_the_dead_letter_queue(
    stack: cdk.Stack, function: lambda_.Function, topic: sns.Topic
) -> None:
    SnsTrigger(stack, "Trigger", function=function, topic=topic)
    redrives = [
        queue["RedrivePolicy"] for queue in resources(stack, "AWS::SQS::Queue") if "RedrivePolicy" in queue
    ]
    assert [
        (redrive["maxReceiveCount"], readable(redrive["deadLetterTargetArn"])) for redrive in redrives
    ] == [(5, "FunctionDeadLetterQueue.Arn")]


def test_a_queue_of_its_own_is_used_instead(
    stack: cdk.Stack, function: lambda_.Function, topic: sns.Topic
) -> None:
    queue = DeadLetterQueue(stack, "Undelivered")
    SnsTrigger(stack, "Trigger", function=function, topic=topic, dead_letter_queue=queue)
    [subscription] = resources(stack, "AWS::SNS::Subscription")
    assert readable(subscription["RedrivePolicy"]["deadLetterTargetArn"]) == "Undelivered.Arn"


def test_a_filter_lets_through_what_it_names(
    stack: cdk.Stack, function: lambda_.Function, topic: sns.Topic
) -> None:
    arm64 = sns.SubscriptionFilter.string_filter(allowlist=["arm64"])
    SnsTrigger(stack, "Trigger", function=function, topic=topic, filter_policy={"architecture": arm64})
    [subscription] = resources(stack, "AWS::SNS::Subscription")
    assert subscription["FilterPolicy"] == {"architecture": ["arm64"]}


def test_without_any_dead_letter_queue_the_trigger_is_refused(
    stack: cdk.Stack, function_without_queue: lambda_.Function, topic: sns.Topic
) -> None:
    with pytest.raises(NoDeadLetterQueueError, match="Stack/Careless"):
        SnsTrigger(stack, "Trigger", function=function_without_queue, topic=topic)


def test_a_filter_may_look_at_the_body(
    stack: cdk.Stack, function: lambda_.Function, topic: sns.Topic
) -> None:
    arm64 = sns.FilterOrPolicy.filter(sns.SubscriptionFilter.string_filter(allowlist=["arm64"]))
    SnsTrigger(
        stack,
        "Trigger",
        function=function,
        topic=topic,
        filter_policy_with_message_body={"result": sns.FilterOrPolicy.policy({"architecture": arm64})},
    )
    [subscription] = resources(stack, "AWS::SNS::Subscription")
    assert subscription["FilterPolicyScope"] == "MessageBody"
    assert subscription["FilterPolicy"] == {"result": {"architecture": ["arm64"]}}


def values(count: int) -> sns.SubscriptionFilter:
    return sns.SubscriptionFilter.string_filter(allowlist=[f"value {number}" for number in range(count)])


@pytest.mark.parametrize(
    ("policy", "received"),
    [
        ({f"name {number}": values(1) for number in range(6)}, "6 names"),
        ({"one": values(10), "two": values(16)}, "160 combinations"),
        ({"one": sns.SubscriptionFilter([])}, "a name without values"),
    ],
)
def test_a_filter_that_sns_does_not_take_is_refused(
    stack: cdk.Stack,
    function: lambda_.Function,
    topic: sns.Topic,
    policy: dict[str, sns.SubscriptionFilter],
    received: str,
) -> None:
    with pytest.raises(WrongFilterError, match=rf"Stack/Trigger(.|\n)*received: {received}"):
        SnsTrigger(stack, "Trigger", function=function, topic=topic, filter_policy=policy)


def test_two_filters_are_refused(stack: cdk.Stack, function: lambda_.Function, topic: sns.Topic) -> None:
    body = {"one": sns.FilterOrPolicy.filter(values(1))}
    with pytest.raises(ConflictingPropsError, match="one of them"):
        SnsTrigger(
            stack,
            "Trigger",
            function=function,
            topic=topic,
            filter_policy={"one": values(1)},
            filter_policy_with_message_body=body,
        )


def test_a_fifo_topic_keeps_its_order_through_queues_of_its_kind(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    topic = sns.Topic(stack, "Ordered", fifo=True, topic_name="ordered.fifo")
    failed = sqs.Queue(stack, "Failed", fifo=True)
    SnsTrigger(stack, "Trigger", function=function, topic=topic, dead_letter_queue=failed)
    [subscription] = resources(stack, "AWS::SNS::Subscription")
    fifo = [each for each in resources(stack, "AWS::SQS::Queue") if each.get("FifoQueue")]
    assert len(fifo) == 2
    assert readable(subscription["RedrivePolicy"]["deadLetterTargetArn"]) == "Failed.Arn"


def test_a_fifo_topic_needs_a_fifo_dead_letter_queue(stack: cdk.Stack, function: lambda_.Function) -> None:
    topic = sns.Topic(stack, "Ordered", fifo=True, topic_name="ordered.fifo")
    with pytest.raises(FifoError, match=r"received: Stack/Function/(.|\n)*a FIFO queue"):
        SnsTrigger(stack, "Trigger", function=function, topic=topic)


def test_a_standard_topic_cannot_have_a_fifo_dead_letter_queue(
    stack: cdk.Stack, function: lambda_.Function, topic: sns.Topic
) -> None:
    failed = sqs.Queue(stack, "Failed", fifo=True)
    with pytest.raises(FifoError, match="a standard queue"):
        SnsTrigger(stack, "Trigger", function=function, topic=topic, dead_letter_queue=failed)


@pytest.mark.parametrize(
    ("props", "allowed"),
    [
        ({"batch_size": 0}, "1 to 10,000"),
        ({"batch_size": 25}, "10 at most, or a max_batching_window"),
        ({"max_batching_window": cdk.Duration.minutes(6)}, "0 to 300"),
        ({"max_concurrency": 1}, "2 to 1,000"),
    ],
)
def test_a_figure_that_lambda_does_not_take_is_refused(
    stack: cdk.Stack, function: lambda_.Function, topic: sns.Topic, props: dict[str, object], allowed: str
) -> None:
    with pytest.raises(OutOfRangeError, match=allowed):
        SnsTrigger(stack, "Trigger", function=function, topic=topic, **props)  # type: ignore[arg-type]
