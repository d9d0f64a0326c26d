"""Compares every summary with the one before it and raises or withdraws alerts.

Environment: ``ALERTS_TABLE``, ``REGRESSION_RATIO``, ``REGRESSION_SIGMAS``.
"""

import json
import os
from collections.abc import Mapping
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from regression import Thresholds
from summary import Summary
from table import AlertsTable

CONFIG = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "max_attempts": 4})
ALERTS = AlertsTable(
    boto3.resource("dynamodb", config=CONFIG).Table(os.environ["ALERTS_TABLE"]),
    Thresholds(float(os.environ["REGRESSION_RATIO"]), float(os.environ["REGRESSION_SIGMAS"])),
)


def handle(event: Mapping[str, Any], context: object) -> None:  # noqa: ARG001 - Lambda passes it
    """Take in the summaries of an SNS event.

    Raises:
        MessageError: a message is no summary; after the platform's retries it ends in the dead-letter queue.
        Exception: something that may pass. Every step bears being repeated.
    """
    for record in event["Records"]:
        summary = Summary.from_message(record["Sns"]["Message"])
        changes = ALERTS.add(summary)
        outcome = {"series": summary.series, "result": summary.position, "changes": changes}
        print(json.dumps(outcome), flush=True)  # noqa: T201 - the log
