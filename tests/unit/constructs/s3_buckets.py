"""Buckets that notify a trigger's queue without EventBridge."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from constructs_lib import S3Delivery, S3Trigger
from tests.synthesis import readable, resources


def tell_a_topic_of_removals(bucket: s3.Bucket) -> None:
    """Gives the bucket a notification of the user's own."""
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        topic_configurations=[
            s3.CfnBucket.TopicConfigurationProperty(event="s3:ObjectRemoved:*", topic="arn:aws:sns:::t")
        ]
    )


def native(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket, name: str, **props: Any
) -> S3Trigger:
    """A trigger of which the bucket itself notifies."""
    return S3Trigger(stack, name, function=function, bucket=bucket, delivery=S3Delivery.NOTIFICATION, **props)


def notifications(stack: cdk.Stack) -> list[dict[str, Any]]:
    """What the one bucket of a stack sends to queues."""
    [properties] = resources(stack, "AWS::S3::Bucket")
    listed = properties["NotificationConfiguration"]["QueueConfigurations"]
    return [
        {
            "event": each["Event"],
            "queue": readable(each["Queue"]),
            **{
                rule["Name"]: rule["Value"]
                for rule in each.get("Filter", {}).get("S3Key", {}).get("Rules", [])
            },
        }
        for each in listed
    ]
