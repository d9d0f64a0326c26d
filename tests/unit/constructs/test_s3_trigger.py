"""S3Trigger: each object created invokes the function, without a hidden function in between."""

import json
from contextlib import suppress
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as s3n
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs_lib import S3Delivery, S3Event, S3Trigger
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
from tests.synthesis import readable, resources, statements, template


@pytest.fixture
def bucket(stack: cdk.Stack) -> s3.Bucket:
    return s3.Bucket(stack, "Bucket")


def queue_of(stack: cdk.Stack, name: str) -> dict[str, object]:
    found = template(stack)["Resources"].items()
    [queue] = [
        each["Properties"]
        for key, each in found
        if each["Type"] == "AWS::SQS::Queue" and key.startswith(name)
    ]
    return queue  # type: ignore[no-any-return]


def test_the_bucket_sends_its_events_by_a_property_of_its_own(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    S3Trigger(stack, "Trigger", function=function, bucket=bucket)
    [properties] = resources(stack, "AWS::S3::Bucket")
    assert properties["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }


def test_no_function_and_no_custom_resource_is_added(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    S3Trigger(stack, "Trigger", function=function, bucket=bucket)
    kinds = [each["Type"] for each in template(stack)["Resources"].values()]
    assert kinds.count("AWS::Lambda::Function") == 1
    assert not [kind for kind in kinds if kind.startswith("Custom::")]


def test_other_notifications_of_the_bucket_stay(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        topic_configurations=[
            s3.CfnBucket.TopicConfigurationProperty(event="s3:ObjectRemoved:*", topic="arn:aws:sns:::t")
        ]
    )
    S3Trigger(stack, "Trigger", function=function, bucket=bucket)
    [properties] = resources(stack, "AWS::S3::Bucket")
    assert set(properties["NotificationConfiguration"]) == {"EventBridgeConfiguration", "TopicConfigurations"}


def test_the_rule_picks_created_objects_of_this_bucket(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    S3Trigger(stack, "Trigger", function=function, bucket=bucket, prefix="results/")
    [rule] = resources(stack, "AWS::Events::Rule")
    pattern = rule["EventPattern"]
    assert (pattern["source"], pattern["detail-type"]) == (["aws.s3"], ["Object Created"])
    assert list(map(readable, pattern["detail"]["bucket"]["name"])) == ["Bucket"]
    assert pattern["detail"]["object"] == {"key": [{"prefix": "results/"}]}


def test_without_prefix_and_suffix_every_key_will_do(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    S3Trigger(stack, "Trigger", function=function, bucket=bucket)
    [rule] = resources(stack, "AWS::Events::Rule")
    assert "object" not in rule["EventPattern"]["detail"]


def test_the_function_is_fed_one_object_at_a_time_from_a_queue(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    S3Trigger(stack, "Trigger", function=function, bucket=bucket, max_concurrency=7)
    [rule] = resources(stack, "AWS::Events::Rule")
    [mapping] = resources(stack, "AWS::Lambda::EventSourceMapping")
    assert [readable(each["Arn"]) for each in rule["Targets"]] == ["TriggerQueue.Arn"]
    assert readable(mapping["EventSourceArn"]) == "TriggerQueue.Arn"
    assert mapping["BatchSize"] == 1
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 7}


def test_an_object_that_fails_five_times_goes_to_the_dead_letter_queue(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    S3Trigger(stack, "Trigger", function=function, bucket=bucket)
    redrive = queue_of(stack, "TriggerQueue")["RedrivePolicy"]
    assert isinstance(redrive, dict)
    assert redrive["maxReceiveCount"] == 5
    assert readable(redrive["deadLetterTargetArn"]) == "FunctionDeadLetterQueue.Arn"


def test_an_event_that_cannot_be_queued_goes_to_the_dead_letter_queue(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    S3Trigger(stack, "Trigger", function=function, bucket=bucket)
    [rule] = resources(stack, "AWS::Events::Rule")
    [target] = rule["Targets"]
    assert readable(target["DeadLetterConfig"]["Arn"]) == "FunctionDeadLetterQueue.Arn"


def test_both_queues_take_messages_from_this_rule_only(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    S3Trigger(stack, "Trigger", function=function, bucket=bucket)
    policies = resources(stack, "AWS::SQS::QueuePolicy")
    allowed = [
        readable(statement["Condition"]["ArnEquals"]["aws:SourceArn"])
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert allowed == ["Trigger.Arn", "Trigger.Arn"]


def test_the_queue_is_encrypted_and_rests_an_object_six_timeouts_long(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    S3Trigger(stack, "Trigger", function=function, bucket=bucket)
    queue = queue_of(stack, "TriggerQueue")
    assert (queue["SqsManagedSseEnabled"], queue["VisibilityTimeout"]) == (True, 120)


def test_the_role_may_take_from_this_queue_and_nothing_of_the_bucket(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    S3Trigger(stack, "Trigger", function=function, bucket=bucket)
    taken = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    assert statements(stack) == [
        (taken, "TriggerQueue.Arn"),
        (["sqs:SendMessage"], "FunctionDeadLetterQueue.Arn"),
    ]


def test_a_bucket_in_another_stack_can_be_used(stack: cdk.Stack, function: lambda_.Function) -> None:
    storage = cdk.Stack(stack.node.root, "Storage")  # type: ignore[arg-type]
    S3Trigger(stack, "Trigger", function=function, bucket=s3.Bucket(storage, "Bucket"))
    [properties] = resources(storage, "AWS::S3::Bucket")
    assert "EventBridgeConfiguration" in properties["NotificationConfiguration"]


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


def native(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket, name: str, **props: Any
) -> S3Trigger:
    return S3Trigger(stack, name, function=function, bucket=bucket, delivery=S3Delivery.NOTIFICATION, **props)


def notifications(stack: cdk.Stack) -> list[dict[str, Any]]:
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
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        topic_configurations=[
            s3.CfnBucket.TopicConfigurationProperty(event="s3:ObjectRemoved:*", topic="arn:aws:sns:::t")
        ]
    )
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


def test_different_events_for_the_same_objects_are_fine(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    native(stack, function, bucket, "One")
    native(stack, function, bucket, "Two", events=[S3Event.REMOVED])
    assert len(notifications(stack)) == 2


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
    assert "THAW112" in errors_of(stack)


@pytest.mark.parametrize(
    ("delivery", "refused"), [(S3Delivery.EVENT_BRIDGE, False), (S3Delivery.NOTIFICATION, True)]
)
def test_a_hidden_function_that_sends_to_eventbridge_too_is_refused_only_where_it_overwrites_more(
    stack: cdk.Stack, function: lambda_.Function, *, delivery: S3Delivery, refused: bool
) -> None:
    bucket = s3.Bucket(stack, "Bucket", event_bridge_enabled=True)
    S3Trigger(stack, "Trigger", function=function, bucket=bucket, delivery=delivery)
    assert ("THAW112" in errors_of(stack)) == refused


def errors_of(stack: cdk.Stack) -> str:
    """Every error that the synthesis finds."""
    # With the flag annotationsInValidationReport an error ends the synthesis, unless the CDK CLI is in charge.
    with suppress(RuntimeError):
        cdk.App.of(stack).synth()
    nodes = [construct.node for construct in stack.node.find_all()]
    return "\n".join(
        str(each.data) for node in nodes for each in node.metadata if each.type == "aws:cdk:error"
    )


def test_a_rest_shorter_than_aws_advises_is_a_warning(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    rest = cdk.Duration.seconds(20)
    S3Trigger(stack, "Trigger", function=function, bucket=bucket, visibility_timeout=rest)
    advice = assertions.Match.string_like_regexp("a message rests 20 s .* 120 s")
    assertions.Annotations.from_stack(stack).has_warning("/Stack/Trigger/Queue", advice)


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
