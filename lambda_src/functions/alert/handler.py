"""Compares every summary with the one before it and raises or withdraws alerts.

Environment: ``ALERTS_TABLE``, ``REGRESSION_RATIO``, ``REGRESSION_SIGMAS``.
"""

import json
import os
from collections.abc import Mapping
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
from regression import Thresholds
from summary import MessageError, Summary
from table import AlertsTable, UnsettledError

CONFIG = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "max_attempts": 4})
ALERTS = AlertsTable(
    boto3.resource("dynamodb", config=CONFIG).Table(os.environ["ALERTS_TABLE"]),
    Thresholds(float(os.environ["REGRESSION_RATIO"]), float(os.environ["REGRESSION_SIGMAS"])),
)


def handle(event: Mapping[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Take in the summaries that SNS delivers, directly or through a queue.

    A queue is the better way: one file may bring hundreds of summaries at once.

    Returns:
        Lambda's form of a partial batch failure with the ids of the queue's messages that failed; the queue's trigger
        has to be set to heed it.

    Raises:
        Exception: a message that SNS delivered directly failed. Every step bears being repeated.
    """
    failures = []
    for record in event["Records"]:
        try:
            take_in(message(record))
        except (MessageError, UnsettledError, BotoCoreError, ClientError) as error:
            if "messageId" not in record:
                raise
            log({"message": record["messageId"], "failed": f"{type(error).__name__}: {error}"})
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def message(record: Mapping[str, Any]) -> str:
    """Take the message out of a record of SNS, or of a queue that has it raw or in SNS's envelope.

    Raises:
        MessageError: the queue holds something else.
    """
    if "Sns" in record:
        return str(record["Sns"]["Message"])
    body = str(record["body"])
    try:
        return str(json.loads(body).get("Message", body))
    except (AttributeError, ValueError):
        raise MessageError("the queue's message is not a JSON object") from None


def take_in(text: str) -> None:
    summary = Summary.from_message(text)
    changes = ALERTS.add(summary)
    log({"series": summary.series, "result": summary.position, "changes": changes})


def log(outcome: Mapping[str, Any]) -> None:
    print(json.dumps(outcome), flush=True)  # noqa: T201 - the log
