"""S3Trigger: what S3, SQS or Lambda would not take, or would take and then lose, is refused."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as s3n
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from s3_buckets import native
from synthesis_errors import errors

from constructs_lib import S3Delivery, S3Trigger
from constructs_lib.errors import (
    ImportedBucketError,
    NoDeadLetterQueueError,
    OutOfRangeError,
    VisibilityTooShortError,
    WrongPropError,
)
from constructs_lib.triggers.errors import (
    DifferentStacksError,
    FifoError,
    KeyFilterError,
    NotificationConflictError,
)


@pytest.fixture
def bucket(stack: cdk.Stack) -> s3.Bucket:
    return s3.Bucket(stack, "Bucket")


def test_an_imported_bucket_is_refused_with_a_way_out(stack: cdk.Stack, function: lambda_.Function) -> None:
    imported = s3.Bucket.from_bucket_name(stack, "Imported", "somebody-elses")
    with pytest.raises(ImportedBucketError, match=r"aws_events\.Rule instead"):
        S3Trigger(stack, "Trigger", function=function, bucket=imported)


def test_a_rest_shorter_than_the_functions_timeout_is_refused(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    with pytest.raises(VisibilityTooShortError, match="at least the function's timeout, 20 s"):
        S3Trigger(
            stack, "Trigger", function=function, bucket=bucket, visibility_timeout=cdk.Duration.seconds(19)
        )


@pytest.mark.parametrize("concurrency", [0, 1, 1001])
def test_a_concurrency_that_lambda_does_not_take_is_refused(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket, concurrency: int
) -> None:
    with pytest.raises(OutOfRangeError, match="2 to 1,000"):
        S3Trigger(stack, "Trigger", function=function, bucket=bucket, max_concurrency=concurrency)


def test_without_any_dead_letter_queue_the_trigger_is_refused(
    stack: cdk.Stack, function_without_queue: lambda_.Function, bucket: s3.Bucket
) -> None:
    with pytest.raises(NoDeadLetterQueueError):
        S3Trigger(stack, "Trigger", function=function_without_queue, bucket=bucket)


@pytest.mark.parametrize("events", [[], ["created"]])
def test_what_is_no_event_is_refused(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket, events: list[Any]
) -> None:
    with pytest.raises(WrongPropError, match=r"S3Event\.CREATED"):
        S3Trigger(stack, "Trigger", function=function, bucket=bucket, events=events)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {}),
        ({"prefix": "in/"}, {}),
        ({"prefix": "in/"}, {"prefix": "in/new/"}),
        ({"suffix": ".jpg"}, {"prefix": "in/"}),
        ({"suffix": ".jpg"}, {"suffix": "a.jpg"}),
    ],
)
def test_two_notifications_for_the_same_objects_are_refused_as_s3_would(
    stack: cdk.Stack,
    function: lambda_.Function,
    bucket: s3.Bucket,
    one: dict[str, str],
    other: dict[str, str],
) -> None:
    native(stack, function, bucket, "One", **one)
    with pytest.raises(
        NotificationConflictError, match=r"Stack/Two and another notification of Stack/Bucket"
    ):
        native(stack, function, bucket, "Two", **other)


def test_a_notification_of_the_users_own_counts_as_well(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        lambda_configurations=[
            s3.CfnBucket.LambdaConfigurationProperty(
                event="s3:ObjectCreated:Put", function="arn:aws:lambda:::f"
            )
        ]
    )
    with pytest.raises(NotificationConflictError, match="the other s3:ObjectCreated:Put for every key"):
        native(stack, function, bucket, "Trigger", prefix="in/")


def test_a_star_in_a_notifications_filter_is_refused(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    with pytest.raises(KeyFilterError, match="leave the star out"):
        native(stack, function, bucket, "Trigger", prefix="in/*")


def test_a_bucket_in_another_stack_cannot_notify_and_is_told_the_way_out(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    storage = cdk.Stack(stack.node.root, "Storage")  # type: ignore[arg-type]
    with pytest.raises(DifferentStacksError, match=r"bucket in Storage, trigger in Stack(.|\n)*EVENT_BRIDGE"):
        native(stack, function, s3.Bucket(storage, "Bucket"), "Trigger")


def test_an_imported_bucket_cannot_notify_either(stack: cdk.Stack, function: lambda_.Function) -> None:
    imported = s3.Bucket.from_bucket_name(stack, "Imported", "somebody-elses")
    with pytest.raises(ImportedBucketError):
        native(stack, function, imported, "Trigger")  # type: ignore[arg-type]


@pytest.mark.parametrize("delivery", list(S3Delivery))
def test_the_cdks_hidden_function_would_overwrite_the_notification_and_is_refused(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket, delivery: S3Delivery
) -> None:
    S3Trigger(stack, "Trigger", function=function, bucket=bucket, delivery=delivery)
    bucket.add_event_notification(s3.EventType.OBJECT_REMOVED, s3n.SnsDestination(sns.Topic(stack, "Topic")))
    assert "THAW112" in "".join(errors(stack))


@pytest.mark.parametrize(
    ("delivery", "refused"), [(S3Delivery.EVENT_BRIDGE, False), (S3Delivery.NOTIFICATION, True)]
)
def test_a_hidden_function_that_sends_to_eventbridge_too_is_refused_only_where_it_overwrites_more(
    stack: cdk.Stack, function: lambda_.Function, *, delivery: S3Delivery, refused: bool
) -> None:
    bucket = s3.Bucket(stack, "Bucket", event_bridge_enabled=True)
    S3Trigger(stack, "Trigger", function=function, bucket=bucket, delivery=delivery)
    assert ("THAW112" in "".join(errors(stack))) == refused


@pytest.mark.parametrize("rest", [cdk.Duration.hours(13), cdk.Duration.millis(30_500)])
def test_a_rest_that_sqs_does_not_take_is_refused(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket, rest: cdk.Duration
) -> None:
    with pytest.raises(OutOfRangeError, match="whole seconds from 0 to 43,200"):
        S3Trigger(stack, "Trigger", function=function, bucket=bucket, visibility_timeout=rest)


def test_a_fifo_dead_letter_queue_is_refused(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    failed = sqs.Queue(stack, "Failed", fifo=True)
    with pytest.raises(FifoError, match=r"received: Stack/Failed(.|\n)*a standard queue"):
        S3Trigger(stack, "Trigger", function=function, bucket=bucket, dead_letter_queue=failed)
