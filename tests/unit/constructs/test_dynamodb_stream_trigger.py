"""DynamoDbStreamTrigger: a table's changes reach the function, and a poisoned record cannot stop them."""

import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from constructs_lib import DynamoDbStreamTrigger
from constructs_lib.errors import NoDeadLetterQueueError, NoStreamError, OutOfRangeError
from constructs_lib.triggers.errors import FifoError, WrongFilterError
from tests.synthesis import readable, resources, statements


def new_table(stack: cdk.Stack, stream: dynamodb.StreamViewType | None) -> dynamodb.Table:
    key = dynamodb.Attribute(name="key", type=dynamodb.AttributeType.STRING)
    return dynamodb.Table(stack, "Table", partition_key=key, stream=stream)


@pytest.fixture
def table(stack: cdk.Stack) -> dynamodb.Table:
    return new_table(stack, dynamodb.StreamViewType.NEW_IMAGE)


def test_a_record_that_fails_is_isolated_tried_again_a_few_times_and_given_up(
    stack: cdk.Stack, function: lambda_.Function, table: dynamodb.Table
) -> None:
    DynamoDbStreamTrigger(stack, "Trigger", function=function, table=table)
    [mapping] = resources(stack, "AWS::Lambda::EventSourceMapping")
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["MaximumRetryAttempts"] == 5
    assert mapping["MaximumRecordAgeInSeconds"] == 12 * 3600
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_stream_is_read_from_its_beginning(
    stack: cdk.Stack, function: lambda_.Function, table: dynamodb.Table
) -> None:
    DynamoDbStreamTrigger(stack, "Trigger", function=function, table=table)
    [mapping] = resources(stack, "AWS::Lambda::EventSourceMapping")
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert readable(mapping["EventSourceArn"]) == "Table.StreamArn"


def test_the_place_of_a_record_given_up_goes_to_the_dead_letter_queue(
    stack: cdk.Stack, function: lambda_.Function, table: dynamodb.Table
) -> None:
    DynamoDbStreamTrigger(stack, "Trigger", function=function, table=table)
    [mapping] = resources(stack, "AWS::Lambda::EventSourceMapping")
    destination = mapping["DestinationConfig"]["OnFailure"]["Destination"]
    assert readable(destination) == "FunctionDeadLetterQueue.Arn"


def test_the_role_may_read_this_stream_and_send_to_this_queue(
    stack: cdk.Stack, function: lambda_.Function, table: dynamodb.Table
) -> None:
    DynamoDbStreamTrigger(stack, "Trigger", function=function, table=table)
    stream_actions = [
        f"dynamodb:{each}" for each in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
    ]
    found = statements(stack)
    assert (stream_actions, "Table.StreamArn") in found
    assert {resource for _, resource in found} == {"Table.StreamArn", "FunctionDeadLetterQueue.Arn"}
    assert {actions[0] for actions, resource in found if "Queue" in resource} == {"sqs:SendMessage"}


def test_limits_can_be_chosen(stack: cdk.Stack, function: lambda_.Function, table: dynamodb.Table) -> None:
    DynamoDbStreamTrigger(
        stack,
        "Trigger",
        function=function,
        table=table,
        batch_size=10,
        max_batching_window=cdk.Duration.seconds(3),
        retry_attempts=0,
        max_record_age=cdk.Duration.minutes(5),
    )
    [mapping] = resources(stack, "AWS::Lambda::EventSourceMapping")
    assert mapping["BatchSize"] == 10
    assert mapping["MaximumBatchingWindowInSeconds"] == 3
    assert mapping["MaximumRetryAttempts"] == 0
    assert mapping["MaximumRecordAgeInSeconds"] == 300


def test_a_filter_passes_over_records_without_an_invocation(
    stack: cdk.Stack, function: lambda_.Function, table: dynamodb.Table
) -> None:
    inserts = lambda_.FilterCriteria.filter({"eventName": lambda_.FilterRule.is_equal("INSERT")})
    DynamoDbStreamTrigger(stack, "Trigger", function=function, table=table, filters=[inserts])
    [mapping] = resources(stack, "AWS::Lambda::EventSourceMapping")
    [pattern] = mapping["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"]) == {"eventName": ["INSERT"]}


def test_a_table_without_a_stream_is_refused(stack: cdk.Stack, function: lambda_.Function) -> None:
    with pytest.raises(NoStreamError, match="Stack/Table"):
        DynamoDbStreamTrigger(stack, "Trigger", function=function, table=new_table(stack, None))


def test_without_any_dead_letter_queue_the_trigger_is_refused(
    stack: cdk.Stack, function_without_queue: lambda_.Function, table: dynamodb.Table
) -> None:
    with pytest.raises(NoDeadLetterQueueError):
        DynamoDbStreamTrigger(stack, "Trigger", function=function_without_queue, table=table)


@pytest.mark.parametrize(
    ("props", "allowed"),
    [
        ({"batch_size": 10_001}, "1 to 10,000"),
        ({"max_batching_window": cdk.Duration.minutes(6)}, "0 to 300"),
        ({"parallelization_factor": 11}, "1 to 10"),
        ({"retry_attempts": 10_001}, "0 to 10,000"),
        ({"retry_attempts": -1}, "0 to 10,000"),
        ({"max_record_age": cdk.Duration.seconds(59)}, "60 to 604,800"),
        ({"max_record_age": cdk.Duration.days(8)}, "60 to 604,800"),
    ],
)
def test_a_figure_that_lambda_does_not_take_is_refused(
    stack: cdk.Stack,
    function: lambda_.Function,
    table: dynamodb.Table,
    props: dict[str, object],
    allowed: str,
) -> None:
    with pytest.raises(OutOfRangeError, match=rf"Stack/Trigger(.|\n)*{allowed}"):
        DynamoDbStreamTrigger(stack, "Trigger", function=function, table=table, **props)  # type: ignore[arg-type]


def test_a_shard_may_be_worked_on_by_several_at_a_time(
    stack: cdk.Stack, function: lambda_.Function, table: dynamodb.Table
) -> None:
    DynamoDbStreamTrigger(stack, "Trigger", function=function, table=table, parallelization_factor=10)
    [mapping] = resources(stack, "AWS::Lambda::EventSourceMapping")
    assert mapping["ParallelizationFactor"] == 10


def test_the_role_may_use_the_keys_of_table_and_queue_for_what_it_does_there(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    key = dynamodb.Attribute(name="key", type=dynamodb.AttributeType.STRING)
    table = dynamodb.Table(
        stack,
        "Table",
        partition_key=key,
        stream=dynamodb.StreamViewType.NEW_IMAGE,
        encryption_key=kms.Key(stack, "TableKey"),
    )
    queue = sqs.Queue(stack, "Queue", encryption_master_key=kms.Key(stack, "QueueKey"))
    DynamoDbStreamTrigger(stack, "Trigger", function=function, table=table, dead_letter_queue=queue)
    assert (["kms:Decrypt"], "TableKey.Arn") in statements(stack)
    assert (["kms:Decrypt", "kms:GenerateDataKey"], "QueueKey.Arn") in statements(stack)


def test_what_is_no_filter_is_refused(
    stack: cdk.Stack, function: lambda_.Function, table: dynamodb.Table
) -> None:
    with pytest.raises(WrongFilterError, match=r"aws_lambda\.FilterCriteria\.filter"):
        DynamoDbStreamTrigger(
            stack, "Trigger", function=function, table=table, filters=[{"eventName": ["INSERT"]}]
        )


def test_a_fifo_dead_letter_queue_is_refused(
    stack: cdk.Stack, function: lambda_.Function, table: dynamodb.Table
) -> None:
    queue = sqs.Queue(stack, "Queue", fifo=True)
    with pytest.raises(FifoError, match="received: Stack/Queue"):
        DynamoDbStreamTrigger(stack, "Trigger", function=function, table=table, dead_letter_queue=queue)
