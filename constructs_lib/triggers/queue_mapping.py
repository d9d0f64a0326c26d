"""How Lambda takes messages out of a queue.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
"""

from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk

from constructs_lib import asked_once
from constructs_lib.triggers.errors import FifoError
from constructs_lib.triggers.figures import (
    BATCH,
    BATCH_WITHOUT_WINDOW,
    CONCURRENCY,
    FIFO_BATCH,
    WINDOW_SECONDS,
    Figures,
    in_seconds,
)


@dataclass(frozen=True)
class QueueBatches:
    """The figures of a mapping between a queue and a function.

    Args:
        size: messages in one invocation at most.
        window: how long to gather messages for a batch; needed for more than 10.
        concurrency: how many batches are worked on at a time at most.
        fifo: whether the queue keeps an order.
    """

    size: int = 10
    window: cdk.Duration | None = None
    concurrency: int | None = None
    fifo: bool = False

    def check(self, trigger: object) -> None:
        """Checks the figures for the trigger of that path.

        Raises:
            OutOfRangeError: Lambda does not take one of them.
            FifoError: Lambda does not take one of them for a FIFO queue.
        """
        figures = Figures(trigger)
        if self.fifo:
            self._check_fifo(trigger)
        figures.count("batch_size", self.size, BATCH)
        figures.duration("max_batching_window", self.window, WINDOW_SECONDS)
        figures.count("max_concurrency", self.concurrency, CONCURRENCY)
        if self.window is not None and in_seconds(self.window) != 0:
            return
        if not asked_once.is_unresolved(self.size) and self.size > BATCH_WITHOUT_WINDOW:
            figures.refuse(
                "batch_size",
                f"{self.size} without a max_batching_window",
                f"{BATCH_WITHOUT_WINDOW} at most, or a max_batching_window of 1 s or more",
            )

    def props(self) -> dict[str, Any]:
        """What ``aws_lambda.EventSourceMapping`` is given."""
        return {
            "batch_size": self.size,
            "max_batching_window": self.window,
            "max_concurrency": self.concurrency,
        }

    def _check_fifo(self, trigger: object) -> None:
        if self.window is not None:
            raise FifoError(
                f"{trigger} gathers messages of a FIFO queue",
                received="max_batching_window",
                allowed="no window: Lambda takes what is there, in order",
                change="leave max_batching_window out, or use a standard queue or topic",
            )
        if type(self.size) is int and self.size > FIFO_BATCH[1]:
            raise FifoError(
                f"{trigger} takes more messages of a FIFO queue at once than Lambda can",
                received=f"batch_size {self.size}",
                allowed=f"{FIFO_BATCH[0]} to {FIFO_BATCH[1]}",
                change="lower batch_size, or use a standard queue or topic",
            )
