"""Publishes summaries to SNS, several in one message.

One file may bring hundreds of results. The summaries of a runtime's memory sizes travel together, so that whoever
listens has a quarter of the messages to take (lambda-perf measures four sizes); what subscriptions filter by is the same for all of a message.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

FORMAT = "thaw-summaries/1"
ATTRIBUTES = ("source", "runtime", "package", "architecture")
BATCH = 10  # PublishBatch takes no more
# Ten messages share one request of at most 256 KiB; a single summary is always smaller.
MESSAGE_BYTES = 24_000


class PublishError(Exception):
    """SNS refused some of the messages. Publishing all of them again is safe."""


def publish(sns: Any, topic_arn: str, summaries: Iterable[dict[str, Any]]) -> int:
    """Publish every summary at least once and tell how many messages that took.

    Raises:
        PublishError: SNS refused one.
    """
    count = 0
    for batch in batches(messages(summaries)):
        entries = [entry(index, together) for index, together in enumerate(batch)]
        if failed := sns.publish_batch(TopicArn=topic_arn, PublishBatchRequestEntries=entries).get("Failed"):
            raise PublishError(f"{len(failed)} of {len(batch)} messages were refused: {failed[0]['Code']}")
        count += len(batch)
    return count


def messages(summaries: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Group summaries with the same attributes, in groups that a message has room for."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for summary in summaries:
        groups.setdefault(attributes_of(summary), []).append(summary)
    for group in groups.values():
        yield from packed(group)


def packed(group: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    message: list[dict[str, Any]] = []
    size = 0
    for summary in group:
        length = len(json.dumps(summary))
        if message and size + length > MESSAGE_BYTES:
            yield message
            message, size = [], 0
        message.append(summary)
        size += length
    yield message


def batches(groups: Iterator[list[dict[str, Any]]]) -> Iterator[list[list[dict[str, Any]]]]:
    while batch := list(islice(groups, BATCH)):
        yield batch


def entry(index: int, summaries: list[dict[str, Any]]) -> dict[str, Any]:
    values = zip(ATTRIBUTES, attributes_of(summaries[0]), strict=True)
    return {
        "Id": str(index),
        "Message": json.dumps({"format": FORMAT, "summaries": summaries}),
        "MessageAttributes": {name: {"DataType": "String", "StringValue": value} for name, value in values},
    }


def attributes_of(summary: dict[str, Any]) -> tuple[str, ...]:
    return tuple(summary["series"][name] for name in ATTRIBUTES)
