"""The shapes in which a new object in S3 is announced."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus


@dataclass(frozen=True)
class Location:
    """Where an object is. Which version of it is meant is never asked: the newest counts."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def locations(event: Mapping[str, Any]) -> list[Location]:
    """List the objects that an event announces.

    Args:
        event: S3's own notification (``Records``, keys URL-encoded), EventBridge's (``detail``, keys as they are), or
            SQS messages that carry either.

    Raises:
        KeyError: the event is none of these.
    """
    if "detail" in event:
        detail = event["detail"]
        return [Location(detail["bucket"]["name"], detail["object"]["key"])]
    return [location for record in event["Records"] for location in recorded(record)]


def recorded(record: Mapping[str, Any]) -> list[Location]:
    if record.get("eventSource") == "aws:sqs":
        return locations(json.loads(record["body"]))
    return [Location(record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"]))]
