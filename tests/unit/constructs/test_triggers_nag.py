"""cdk-nag's AwsSolutions rules have nothing to say of what the triggers make."""

from pathlib import Path

from tests.nagging import nag_findings
from tests.synthesis import new_app

import aws_cdk as cdk  # isort: skip
from aws_cdk import aws_dynamodb as dynamodb  # isort: skip
from aws_cdk import aws_s3 as s3  # isort: skip
from aws_cdk import aws_scheduler as scheduler  # isort: skip
from aws_cdk import aws_sns as sns  # isort: skip
from aws_cdk import aws_sqs as sqs  # isort: skip

from constructs_lib import (
    CustomRuntimeFunction,
    DynamoDbStreamTrigger,
    HttpApiTrigger,
    HttpTrigger,
    S3Delivery,
    S3Trigger,
    ScheduleTrigger,
    SnsTrigger,
    SqsTrigger,
)


def test_no_trigger_breaks_a_rule_and_none_acknowledges_anything(source: Path) -> None:
    app = new_app()
    stack = cdk.Stack(app, "Stack")
    function = CustomRuntimeFunction(stack, "Function", source=source, handler="handler.handle")
    sources = cdk.Stack(app, "Sources")
    bucket = s3.Bucket(stack, "Source", enforce_ssl=True)
    queue = sqs.Queue(sources, "Queue", visibility_timeout=cdk.Duration.minutes(3))
    table = dynamodb.Table(
        sources,
        "Table",
        partition_key=dynamodb.Attribute(name="key", type=dynamodb.AttributeType.STRING),
        stream=dynamodb.StreamViewType.NEW_IMAGE,
    )
    S3Trigger(stack, "Bridge", function=function, bucket=bucket)
    S3Trigger(stack, "Native", function=function, bucket=bucket, delivery=S3Delivery.NOTIFICATION)
    SnsTrigger(stack, "Topic", function=function, topic=sns.Topic(sources, "Topic"))
    SqsTrigger(stack, "Queue", function=function, queue=queue)
    DynamoDbStreamTrigger(stack, "Stream", function=function, table=table)
    ScheduleTrigger(
        stack,
        "Schedule",
        function=function,
        schedule=scheduler.ScheduleExpression.rate(cdk.Duration.hours(1)),
    )
    HttpTrigger(stack, "Url", function=function)
    HttpApiTrigger(stack, "Api", function=function)
    # The sources are the user's, the rest is ours.
    ours = [
        each for each in nag_findings(app) if each.path.startswith("Stack/") and "Source" not in each.path
    ]
    assert not ours, "\n".join(map(str, ours))
