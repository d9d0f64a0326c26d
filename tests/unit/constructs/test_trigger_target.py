"""Every trigger invokes a function, or an alias of one in its place, and nothing else."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs_lib import (
    DynamoDbStreamTrigger,
    HttpApiTrigger,
    HttpTrigger,
    S3Delivery,
    S3Trigger,
    ScheduleTrigger,
    SnsTrigger,
    SqsTrigger,
)
from constructs_lib.triggers.errors import UnsuitableTargetError
from tests.synthesis import readable, resources, statements

Make = Callable[[cdk.Stack, Any], object]


def by_table(stack: cdk.Stack, function: Any) -> object:
    key = dynamodb.Attribute(name="key", type=dynamodb.AttributeType.STRING)
    table = dynamodb.Table(stack, "Table", partition_key=key, stream=dynamodb.StreamViewType.KEYS_ONLY)
    return DynamoDbStreamTrigger(stack, "Trigger", function=function, table=table)


def by_schedule(stack: cdk.Stack, function: Any) -> object:
    hourly = scheduler.ScheduleExpression.rate(cdk.Duration.hours(1))
    return ScheduleTrigger(stack, "Trigger", function=function, schedule=hourly)


def by_notification(stack: cdk.Stack, function: Any) -> object:
    bucket = s3.Bucket(stack, "Bucket")
    return S3Trigger(stack, "Trigger", function=function, bucket=bucket, delivery=S3Delivery.NOTIFICATION)


MAPPED: list[Make] = [
    by_table,
    by_notification,
    lambda stack, function: S3Trigger(stack, "Trigger", function=function, bucket=s3.Bucket(stack, "Bucket")),
    lambda stack, function: SnsTrigger(stack, "Trigger", function=function, topic=sns.Topic(stack, "Topic")),
    lambda stack, function: SqsTrigger(stack, "Trigger", function=function, queue=sqs.Queue(stack, "Queue")),
]
ALL: list[Make] = [
    *MAPPED,
    by_schedule,
    lambda stack, function: HttpTrigger(stack, "Trigger", function=function),
    lambda stack, function: HttpApiTrigger(stack, "Trigger", function=function),
]


@pytest.fixture
def alias(stack: cdk.Stack, function: lambda_.Function) -> lambda_.Alias:
    return lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)


@pytest.mark.parametrize("make", MAPPED)
def test_a_mapping_invokes_the_alias_and_the_function_may_read(
    stack: cdk.Stack, alias: lambda_.Alias, make: Make
) -> None:
    make(stack, alias)
    [mapping] = resources(stack, "AWS::Lambda::EventSourceMapping")
    # CloudFormation gives an alias's ARN as its Ref; the CDK takes name and alias apart from it.
    assert "Live" in readable(mapping["FunctionName"])
    assert any(
        {"sqs:ReceiveMessage", "dynamodb:GetRecords"} & set(actions) for actions, _ in statements(stack)
    )


def test_a_schedule_may_invoke_the_alias_only(stack: cdk.Stack, alias: lambda_.Alias) -> None:
    by_schedule(stack, alias)
    [schedule] = resources(stack, "AWS::Scheduler::Schedule")
    assert readable(schedule["Target"]["Arn"]) == "Live"
    assert (["lambda:InvokeFunction"], "Live") in statements(stack, "TriggerRole")


def test_a_url_belongs_to_the_alias(stack: cdk.Stack, alias: lambda_.Alias) -> None:
    HttpTrigger(stack, "Trigger", function=alias)
    [url] = resources(stack, "AWS::Lambda::Url")
    assert (url["Qualifier"], readable(url["TargetFunctionArn"])) == ("live", "Function.Arn")


def test_an_api_may_invoke_the_alias_only(stack: cdk.Stack, alias: lambda_.Alias) -> None:
    HttpApiTrigger(stack, "Trigger", function=alias)
    [permission] = resources(stack, "AWS::Lambda::Permission")
    assert readable(permission["FunctionName"]) == "Live"


@pytest.mark.parametrize("make", ALL)
def test_a_version_is_refused_because_the_next_deployment_would_leave_it_behind(
    stack: cdk.Stack, function: lambda_.Function, make: Make
) -> None:
    with pytest.raises(UnsuitableTargetError, match=r"Stack/Trigger(.|\n)*the version Stack/Function/"):
        make(stack, function.current_version)


@pytest.mark.parametrize("make", ALL)
def test_an_imported_function_is_refused(stack: cdk.Stack, make: Make) -> None:
    imported = lambda_.Function.from_function_name(stack, "Imported", "somebody-elses")
    with pytest.raises(UnsuitableTargetError, match="the imported function Stack/Imported"):
        make(stack, imported)


@pytest.mark.parametrize("make", ALL)
def test_what_is_no_function_is_refused(stack: cdk.Stack, make: Make) -> None:
    with pytest.raises(UnsuitableTargetError, match="received: 'resize'"):
        make(stack, "resize")


def test_an_alias_of_an_imported_function_is_refused(stack: cdk.Stack) -> None:
    arn = "arn:aws:lambda:eu-north-1:111111111111:function:other:1"
    version = lambda_.Version.from_version_arn(stack, "Imported", arn)
    alias = lambda_.Alias(stack, "Theirs", alias_name="live", version=version)
    with pytest.raises(UnsuitableTargetError):
        HttpTrigger(stack, "Trigger", function=alias)


@pytest.mark.parametrize("make", [MAPPED[0], by_schedule])
def test_the_alias_of_a_function_without_a_dead_letter_queue_has_none_either(
    stack: cdk.Stack, function_without_queue: lambda_.Function, make: Make
) -> None:
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=function_without_queue.current_version)
    with pytest.raises(Exception, match="THAW052"):
        make(stack, alias)
