"""A table's stream that invokes a function."""

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.errors import NoStreamError
from constructs_lib.functions.dead_letter_queue import dead_letters_of

# Lambda tests all four on the stream's ARN when the mapping is created.
# https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
STREAM_ACTIONS = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)


class DynamoDbStreamTrigger(lambda_.EventSourceMapping):
    """Invokes a function with batches of a table's changes, in order within an item.

    A poisoned record cannot hold up its shard: a failed batch is halved until the record stands alone, tried
    ``retry_attempts`` times, and its place in the stream is sent to the dead-letter queue. The function may
    report partial failures (``{"batchItemFailures": [{"itemIdentifier": SequenceNumber}]}``), so that what
    succeeded is not repeated.

    Unlike ``grant_stream_read`` and ``SqsDlq``, which allow ``dynamodb:ListStreams`` on ``*`` and three
    queue actions, the role gets the four stream actions on this stream and SendMessage on this queue.

    Args:
        scope: the parent construct.
        id: the construct's id.
        function: what is invoked.
        table: a table with a stream.
        filters: patterns made with ``FilterCriteria.filter``; a record that matches none is passed over
            without an invocation. Default: every record.
        batch_size: records in one invocation, 1 to 10,000. Default: 100.
        max_batching_window: how long to gather records for a batch, 5 minutes at most. Default: no wait.
        retry_attempts: how often a failed record is tried again, 0 to 10,000. Default: 5.
        max_record_age: older records are given up, 1 minute to 7 days; the stream itself keeps them
            24 hours. Default: 12 hours, which leaves half a day to react to the first dead letter.
        dead_letter_queue: for the places of records given up. Default: the function's.

    Attributes:
        dead_letter_queue: the queue in use.

    Raises:
        NoStreamError: the table has none.
        NoDeadLetterQueueError: neither this trigger nor the function has one.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        function: lambda_.Function,
        table: dynamodb.ITable,
        filters: Sequence[Mapping[str, Any]] | None = None,
        batch_size: int = 100,
        max_batching_window: cdk.Duration | None = None,
        retry_attempts: int = 5,
        max_record_age: cdk.Duration | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
    ) -> None:
        stream_arn = _stream_of(id, table)
        self.dead_letter_queue = dead_letters_of(id, function, dead_letter_queue)
        super().__init__(
            scope,
            id,
            target=function,
            event_source_arn=stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            filters=filters,
            batch_size=batch_size,
            max_batching_window=max_batching_window,
            bisect_batch_on_error=True,
            report_batch_item_failures=True,
            retry_attempts=retry_attempts,
            max_record_age=max_record_age or cdk.Duration.hours(12),
            on_failure=_Destination(self.dead_letter_queue),
        )
        for actions, resource in (
            (STREAM_ACTIONS, stream_arn),
            (("sqs:SendMessage",), self.dead_letter_queue.queue_arn),
        ):
            function.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=[resource]))


@jsii.implements(lambda_.IEventSourceDlq)
class _Destination:
    """Names the queue and grants nothing."""

    def __init__(self, queue: sqs.IQueue) -> None:
        self._queue = queue

    def bind(
        self,
        target: lambda_.IEventSourceMapping,  # noqa: ARG002 - the interface's signature
        target_handler: lambda_.IFunction,  # noqa: ARG002 - the interface's signature
    ) -> lambda_.DlqDestinationConfig:
        return lambda_.DlqDestinationConfig(destination=self._queue.queue_arn)


def _stream_of(trigger: str, table: dynamodb.ITable) -> str:
    if table.table_stream_arn is None:
        raise NoStreamError(
            f"trigger {trigger} reads the stream of {table.node.path}, which has none",
            change="give the table a stream (stream=StreamViewType.NEW_IMAGE), or import it with its stream's ARN",
        )
    return table.table_stream_arn
