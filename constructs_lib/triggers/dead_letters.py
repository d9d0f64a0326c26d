"""Where a trigger puts what it could not deliver and what the function could not process."""

from aws_cdk import aws_sqs as sqs

from constructs_lib.functions.dead_letter_queue import dead_letters_of
from constructs_lib.triggers.errors import FifoError
from constructs_lib.triggers.target import Target


def dead_letters_for(
    trigger: object, target: Target, given: sqs.IQueue | None, *, fifo: bool = False
) -> sqs.IQueue:
    """The queue given, else the function's own.

    Args:
        trigger: the trigger's path.
        target: what the trigger invokes.
        given: the queue that the trigger is given.
        fifo: whether the source keeps an order; its dead-letter queue then has to, and otherwise must not.

    Raises:
        NoDeadLetterQueueError: there is neither.
        FifoError: the queue is of the other kind.
    """
    queue = dead_letters_of(str(trigger), target.function, given)
    if bool(queue.fifo) != fifo:
        kind = "FIFO" if fifo else "standard"
        raise FifoError(
            f"{trigger} cannot use a dead-letter queue of this kind",
            received=queue.node.path,
            allowed=f"a {kind} queue",
            change=f"give the trigger a dead_letter_queue that is a {kind} queue",
        )
    return queue
