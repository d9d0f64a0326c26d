"""S3Trigger: each object created invokes the function, without a hidden function in between."""

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from s3_buckets import tell_a_topic_of_removals

from constructs_lib import S3Trigger
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
    tell_a_topic_of_removals(bucket)
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


def test_a_rest_shorter_than_aws_advises_is_a_warning(
    stack: cdk.Stack, function: lambda_.Function, bucket: s3.Bucket
) -> None:
    rest = cdk.Duration.seconds(20)
    S3Trigger(stack, "Trigger", function=function, bucket=bucket, visibility_timeout=rest)
    advice = assertions.Match.string_like_regexp("a message rests 20 s .* 120 s")
    assertions.Annotations.from_stack(stack).has_warning("/Stack/Trigger/Queue", advice)
