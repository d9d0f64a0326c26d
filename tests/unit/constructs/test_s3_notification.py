"""S3Trigger with S3Delivery.NOTIFICATION: the bucket tells the queue itself."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from s3_buckets import native, notifications, tell_a_topic_of_removals

from constructs_lib import S3Delivery, S3Event, S3Trigger
from tests.synthesis import readable, resources, template


@pytest.fixture
def bucket(stack: cdk.Stack) -> s3.Bucket:
    return s3.Bucket(stack, "Bucket")


def senders(stack: cdk.Stack, service: str) -> list[dict[str, Any]]:
    return [
        statement
        for policy in resources(stack, "AWS::SQS::QueuePolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Principal"] == {"Service": service}
    ]


def test_a_bucket_may_notify_the_queue_itself(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    native(stack, function, bucket, "Trigger", prefix="in coming/", suffix=".jpg")
    assert notifications(stack) == [
        {
            "event": "s3:ObjectCreated:*",
            "queue": "TriggerQueue.Arn",
            "prefix": "in+coming/",
            "suffix": ".jpg",
        }
    ]
    kinds = [each["Type"] for each in template(stack)["Resources"].values()]
    assert "AWS::Events::Rule" not in kinds
    assert not [kind for kind in kinds if kind.startswith("Custom::")]


def test_the_bucket_is_made_after_the_policy_that_lets_it_send(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    native(stack, function, bucket, "Trigger")
    found = template(stack)["Resources"].values()
    [made] = [each for each in found if each["Type"] == "AWS::S3::Bucket"]
    assert [name.startswith("TriggerQueuePolicy") for name in made["DependsOn"]] == [True]


def test_no_circle_of_resources_arises_where_the_function_may_read_the_bucket(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    native(stack, function, bucket, "Trigger")
    bucket.grant_read_write(function)
    function.add_environment("BUCKET", bucket.bucket_name)
    template(stack)  # from_stack refuses circles


def test_a_bucket_without_a_name_of_its_own_is_one_of_the_account(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    native(stack, function, bucket, "Trigger")
    [statement] = senders(stack, "s3.amazonaws.com")
    assert statement["Action"] == "sqs:SendMessage"
    assert list(statement["Condition"]) == ["StringEquals"]
    assert readable(statement["Condition"]["StringEquals"]["aws:SourceAccount"]) == "AWS::AccountId"


def test_a_bucket_with_a_name_is_the_only_one_that_may_send(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    native(stack, function, s3.Bucket(stack, "Named", bucket_name="my-uploads"), "Trigger")
    [statement] = senders(stack, "s3.amazonaws.com")
    arn = readable(statement["Condition"]["ArnEquals"]["aws:SourceArn"])
    assert arn == "arn:AWS::Partition:s3:::my-uploads"


def test_the_message_that_s3_sends_to_try_the_queue_does_not_reach_the_function(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    native(stack, function, bucket, "Trigger")
    [mapping] = resources(stack, "AWS::Lambda::EventSourceMapping")
    [pattern] = mapping["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"]) == {"body": {"Event": [{"exists": False}]}}


def test_several_triggers_and_other_notifications_of_a_bucket_add_up(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    tell_a_topic_of_removals(bucket)
    native(stack, function, bucket, "One", prefix="one/")
    native(stack, function, bucket, "Two", prefix="two/")
    S3Trigger(stack, "Three", function=function, bucket=bucket, prefix="one/")
    assert [each["prefix"] for each in notifications(stack)] == ["one/", "two/"]
    [properties] = resources(stack, "AWS::S3::Bucket")
    assert set(properties["NotificationConfiguration"]) == {
        "EventBridgeConfiguration",
        "QueueConfigurations",
        "TopicConfigurations",
    }


@pytest.mark.parametrize(
    ("delivery", "kinds"),
    [
        (S3Delivery.EVENT_BRIDGE, ["Object Created", "Object Deleted"]),
        (S3Delivery.NOTIFICATION, ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]),
    ],
)
def test_objects_that_are_removed_may_count_too(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket, delivery: S3Delivery, kinds: list[str]
) -> None:
    both = [S3Event.CREATED, S3Event.REMOVED]
    S3Trigger(stack, "Trigger", function=function, bucket=bucket, events=both, delivery=delivery)
    if delivery is S3Delivery.NOTIFICATION:
        assert [each["event"] for each in notifications(stack)] == kinds
    else:
        [rule] = resources(stack, "AWS::Events::Rule")
        assert rule["EventPattern"]["detail-type"] == kinds


def test_different_events_for_the_same_objects_are_fine(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    native(stack, function, bucket, "One")
    native(stack, function, bucket, "Two", events=[S3Event.REMOVED])
    assert len(notifications(stack)) == 2
