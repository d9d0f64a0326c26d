"""Compares every summary with the one before it and raises or withdraws alerts.

Environment: ``ALERTS_TABLE``, and what ``thaw_runtime.config`` reads.
"""

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from history import Settlement
from regression import Thresholds
from summary import MessageError, read_message
from table import AlertsTable
from thaw_runtime.config import load

CONFIG = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "max_attempts": 4})
ALERTS = AlertsTable(boto3.client("dynamodb", config=CONFIG), os.environ["ALERTS_TABLE"], load(Thresholds))


class UnsettledError(Exception):
    """A summary could not be compared for now. Taking it in once more is safe."""


def handle(event: Mapping[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Take in the summaries that SNS delivers, directly or through a queue.

    A queue is the better way: one file may bring hundreds of summaries at once, which are cheaper together.

    Returns:
        Lambda's form of a partial batch failure with the ids of the queue's messages that failed; the queue's trigger
        has to be set to heed it.

    Raises:
        MessageError, UnsettledError: a message that SNS delivered directly failed.
        BotoCoreError, ClientError: DynamoDB did not do its part. Every step bears being repeated.
    """
    taken, failures = [], []
    for record in event["Records"]:
        try:
            taken.append((record, read_message(message(record))))
        except MessageError as error:
            failures.append(failure(record, error))
    outcome = ALERTS.add(summary for _, summaries in taken for summary in summaries)
    report(outcome.settled)
    for record, summaries in taken:
        if reason := next(
            filter(None, (outcome.unsettled.get(summary.series) for summary in summaries)), None
        ):
            failures.append(failure(record, UnsettledError(reason)))
    log({"messages": len(taken), "series": len(outcome.settled), "failed": len(failures)})
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


def failure(record: Mapping[str, Any], error: Exception) -> dict[str, str]:
    """Name a message that failed, which only a queue can be told; for a message from SNS itself raise the error."""
    if "messageId" not in record:
        raise error
    log({"message": record["messageId"], "failed": f"{type(error).__name__}: {error}"})
    return {"itemIdentifier": record["messageId"]}


def report(settled: Iterable[Settlement]) -> None:
    for each in settled:
        for alert in each.raised:
            log({"raised": alert["id"], "message": alert["message"]})
        for position in each.withdrawn:
            log({"withdrawn": position, "series": each.history.series})


def log(outcome: Mapping[str, Any]) -> None:
    print(json.dumps(outcome), flush=True)  # noqa: T201 - the log
