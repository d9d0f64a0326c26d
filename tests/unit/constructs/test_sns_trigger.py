"""SnsTrigger: each message of a topic invokes the function, and none is lost."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns

from constructs_lib import DeadLetterQueue, SnsTrigger
from constructs_lib.errors import NoDeadLetterQueueError
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
