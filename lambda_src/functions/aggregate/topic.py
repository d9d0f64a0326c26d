"""Publishes summaries to SNS."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from measurement import Series
from summary import attributes

BATCH = 10  # PublishBatch takes no more


class PublishError(Exception):
    """SNS refused some of the messages. Publishing all of them again is safe."""


def publish(sns: Any, topic_arn: str, messages: Iterable[dict[str, Any]]) -> int:
    """Publish every message at least once and tell how many there were.

    Raises:
        PublishError: SNS refused one.
    """
    count = 0
    for batch in batches(iter(messages)):
        entries = [entry(index, message) for index, message in enumerate(batch)]
        if failed := sns.publish_batch(TopicArn=topic_arn, PublishBatchRequestEntries=entries).get("Failed"):
            raise PublishError(f"{len(failed)} of {len(batch)} messages were refused: {failed[0]['Code']}")
        count += len(batch)
    return count


def batches(messages: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(messages, BATCH)):
        yield batch


def entry(index: int, message: dict[str, Any]) -> dict[str, Any]:
    return {
        "Id": str(index),
        "Message": json.dumps(message),
        "MessageAttributes": attributes(Series(**message["series"])),
    }
