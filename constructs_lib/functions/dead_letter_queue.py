"""Where events end that no attempt could process."""

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.errors import NoDeadLetterQueueError


class DeadLetterQueue(sqs.Queue):
    """A queue that keeps what it is given as long as SQS can: 14 days.

    Encrypted with SQS's own key, reachable over TLS only. Deleted with its stack.
    """

    def __init__(self, scope: Construct, id: str) -> None:  # noqa: A002 - the CDK's word
        super().__init__(
            scope,
            id,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=asked_once.days(14),
        )


def dead_letters_of(
    trigger: str, function: lambda_.Function, dead_letter_queue: sqs.IQueue | None
) -> sqs.IQueue:
    """The queue for what ``function`` fails on: the one given, else the function's own.

    Raises:
        NoDeadLetterQueueError: there is neither.
    """
    queue = dead_letter_queue or function.dead_letter_queue
    if queue is None:
        raise NoDeadLetterQueueError(
            f"trigger {trigger} has nowhere to put the events that {function.node.path} fails on",
            received="a function without a dead-letter queue, and no dead_letter_queue",
            allowed="a queue: the function's, or one for this trigger alone",
            change="give the trigger or the function a dead_letter_queue",
        )
    return queue
