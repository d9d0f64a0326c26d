"""Exactly what a trigger's own calls need of queues and streams."""

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs

# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
QUEUE_ACTIONS = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
# Lambda tests all four on the stream's ARN when the mapping is created.
# https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
STREAM_ACTIONS = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
_SENDER_KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")


def take_from(queue: sqs.IQueue) -> list[iam.PolicyStatement]:
    """Lets a role take messages out of a queue, and read them where the queue has a key of its own."""
    return [_allow(QUEUE_ACTIONS, queue.queue_arn), *_with_key(queue.encryption_master_key, ("kms:Decrypt",))]


def send_to(queue: sqs.IQueue) -> list[iam.PolicyStatement]:
    """Lets a role send messages to a queue, encrypted where the queue has a key of its own."""
    return [
        _allow(("sqs:SendMessage",), queue.queue_arn),
        *_with_key(queue.encryption_master_key, _SENDER_KEY_ACTIONS),
    ]


def read_stream(table: dynamodb.ITable, stream_arn: str) -> list[iam.PolicyStatement]:
    """Lets a role read a table's stream, which is encrypted with the table's key."""
    return [_allow(STREAM_ACTIONS, stream_arn), *_with_key(table.encryption_key, ("kms:Decrypt",))]


def invoke(function_arn: str) -> iam.PolicyStatement:
    """Lets a role invoke exactly this function or alias; ``grant_invoke`` includes every version."""
    return _allow(("lambda:InvokeFunction",), function_arn)


def _with_key(key: kms.IKey | None, actions: tuple[str, ...]) -> list[iam.PolicyStatement]:
    return [] if key is None else [_allow(actions, key.key_arn)]


def _allow(actions: tuple[str, ...], resource: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=list(actions), resources=[resource])
