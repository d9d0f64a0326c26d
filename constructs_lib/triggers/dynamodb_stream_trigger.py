"""A table's stream that invokes a function."""

import aws_cdk as cdk
import jsii
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.asked_once import Place
from constructs_lib.constructors import checked
from constructs_lib.errors import NoStreamError
from constructs_lib.triggers import access
from constructs_lib.triggers.dead_letters import dead_letters_for
from constructs_lib.triggers.figures import (
    BATCH,
    PARALLELIZATION,
    RECORD_AGE_SECONDS,
    RETRIES,
    WINDOW_SECONDS,
    Figures,
    Filters,
)
from constructs_lib.triggers.target import target_of


@checked
class DynamoDbStreamTrigger(lambda_.EventSourceMapping):
    """Invokes a function with batches of a table's changes, in order within an item.

    A poisoned record cannot hold up its shard: a failed batch is halved until the record stands alone, tried
    ``retry_attempts`` times, and its place in the stream is sent to the dead-letter queue. The function may
    report partial failures (``{"batchItemFailures": [{"itemIdentifier": SequenceNumber}]}``), so that what
    succeeded is not repeated.

    Unlike ``grant_stream_read`` and ``SqsDlq``, which allow ``dynamodb:ListStreams`` on ``*`` and three
    queue actions, the role gets the four stream actions on this stream and SendMessage on this queue; where table or
    queue have a key of their own, what is needed of that key.

    Args:
        scope: the parent construct.
        id: the construct's id.
        function: what is invoked, a function or an alias of one.
        table: a table with a stream.
        filters: patterns made with ``FilterCriteria.filter``; a record that matches none is passed over
            without an invocation. Default: every record.
        batch_size: records in one invocation, 1 to 10,000. Default: 100.
        max_batching_window: how long to gather records for a batch, 5 minutes at most. Default: no wait.
        parallelization_factor: how many batches of a shard are worked on at a time, 1 to 10; the changes of one
            item stay in order. Default: 1.
        retry_attempts: how often a failed record is tried again, 0 to 10,000. Default: 5.
        max_record_age: older records are given up, 1 minute to 7 days; the stream itself keeps them
            24 hours. Default: 12 hours, which leaves half a day to react to the first dead letter.
        dead_letter_queue: for the places of records given up. Default: the function's.

    Attributes:
        dead_letter_queue: the queue in use.

    Raises:
        UnsuitableTargetError: ``function`` is a version or imported.
        NoStreamError: the table has none.
        NoDeadLetterQueueError: neither this trigger nor the function has one.
        FifoError: the dead-letter queue is a FIFO queue, which Lambda does not send to.
        OutOfRangeError: a figure is not one that Lambda takes.
        WrongFilterError: a filter is not a pattern.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        function: lambda_.Function | lambda_.Alias,
        table: dynamodb.ITable,
        filters: Filters | None = None,
        batch_size: int = 100,
        max_batching_window: cdk.Duration | None = None,
        parallelization_factor: int | None = None,
        retry_attempts: int = 5,
        max_record_age: cdk.Duration | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
    ) -> None:
        path = Place(scope, id)
        target = target_of(path, function)
        stream_arn = _stream_of(path, table)
        self.dead_letter_queue = dead_letters_for(path, target, dead_letter_queue)
        figures = Figures(path)
        figures.count("batch_size", batch_size, BATCH)
        figures.duration("max_batching_window", max_batching_window, WINDOW_SECONDS)
        figures.count("parallelization_factor", parallelization_factor, PARALLELIZATION)
        figures.count("retry_attempts", retry_attempts, RETRIES)
        figures.duration("max_record_age", max_record_age, RECORD_AGE_SECONDS)
        figures.filters(filters)
        super().__init__(
            scope,
            id,
            target=target.invoked,
            event_source_arn=stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            filters=filters,
            batch_size=batch_size,
            max_batching_window=max_batching_window,
            bisect_batch_on_error=True,
            report_batch_item_failures=True,
            parallelization_factor=parallelization_factor,
            retry_attempts=retry_attempts,
            max_record_age=max_record_age or cdk.Duration.hours(12),
            on_failure=_Destination(self.dead_letter_queue),
        )
        target.allow(*access.read_stream(table, stream_arn), *access.send_to(self.dead_letter_queue))


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


def _stream_of(trigger: object, table: dynamodb.ITable) -> str:
    if table.table_stream_arn is None:
        raise NoStreamError(
            f"{trigger} reads the stream of {table.node.path}, which has none",
            received="a table without a stream",
            allowed="a table with one, or imported with its ARN",
            change="give the table a stream (stream=StreamViewType.NEW_IMAGE), or import it with its stream's ARN",
        )
    return table.table_stream_arn
