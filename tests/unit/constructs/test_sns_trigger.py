"""SnsTrigger: each message of a topic invokes the function, and none is lost."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns

from constructs_lib import DeadLetterQueue, SnsTrigger
from constructs_lib.errors import NoDeadLetterQueueError
from tests.synthesis import readable, resources


@pytest.fixture
def topic(stack: cdk.Stack) -> sns.Topic:
    return sns.Topic(stack, "Topic")


def test_the_topic_is_subscribed_to_by_the_function(
    stack: cdk.Stack, function: lambda_.Function, topic: sns.Topic
) -> None:
    SnsTrigger(stack, "Trigger", function=function, topic=topic)
    [subscription] = resources(stack, "AWS::SNS::Subscription")
    assert subscription["Protocol"] == "lambda"
    assert readable(subscription["Endpoint"]) == "Function.Arn"
    assert readable(subscription["TopicArn"]) == "Topic"


def test_only_this_topic_may_invoke_the_function(
    stack: cdk.Stack, function: lambda_.Function, topic: sns.Topic
) -> None:
    SnsTrigger(stack, "Trigger", function=function, topic=topic)
    [permission] = resources(stack, "AWS::Lambda::Permission")
    assert (permission["Principal"], readable(permission["SourceArn"])) == ("sns.amazonaws.com", "Topic")


def test_what_cannot_be_delivered_goes_to_the_queue_of_the_function(
    stack: cdk.Stack, function: lambda_.Function, topic: sns.Topic
) -> None:
    SnsTrigger(stack, "Trigger", function=function, topic=topic)
    [subscription] = resources(stack, "AWS::SNS::Subscription")
    assert readable(subscription["RedrivePolicy"]["deadLetterTargetArn"]) == "FunctionDeadLetterQueue.Arn"


def test_the_queue_takes_messages_from_this_topic_only(
    stack: cdk.Stack, function: lambda_.Function, topic: sns.Topic
) -> None:
    SnsTrigger(stack, "Trigger", function=function, topic=topic)
    [policy] = resources(stack, "AWS::SQS::QueuePolicy")
    [allowed] = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert allowed["Action"] == "sqs:SendMessage"
    assert readable(allowed["Condition"]["ArnEquals"]["aws:SourceArn"]) == "Topic"


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
