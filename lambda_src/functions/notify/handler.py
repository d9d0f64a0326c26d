"""Posts alerts from the alerts table's stream to a webhook.

Environment: ``WEBHOOK_SECRET``.
"""

import json
import os
from collections.abc import Mapping
from typing import Any, Protocol

import boto3  # type: ignore[import-untyped]
from boto3.dynamodb.types import TypeDeserializer  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from slack import payload
from webhook import ConfigurationError, UnavailableError, WebhookError, post

CONFIG = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "max_attempts": 4})
SECRETS = boto3.client("secretsmanager", config=CONFIG)
WEBHOOK_SECRET = os.environ["WEBHOOK_SECRET"]
DESERIALIZER = TypeDeserializer()


class Context(Protocol):
    """The part of Lambda's context that is used."""

    def get_remaining_time_in_millis(self) -> int: ...


def handle(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Post the alerts of a batch in order, up to the first that fails.

    Where the secret's URL is empty nothing is posted; the alerts stay in the table.

    Returns:
        Lambda's form of a partial batch failure, with the sequence number of the first record that was not posted:
        Lambda delivers that record and the later ones again.

    Raises:
        WebhookError: the first alert of the batch was refused for good. Lambda splits the batch and tries again, and
            the refused record ends in the dead-letter queue.
    """
    records = [record for record in event["Records"] if announces_alert(record)]
    url = read_url() if records else ""
    for index, record in enumerate(records):
        alert = read_alert(record)
        try:
            log(alert, deliver(url, alert, context))
        except WebhookError as error:
            log(alert, f"failed: {error}")
            if index == 0 and not isinstance(error, UnavailableError):
                raise
            # Raising would make Lambda deliver the alerts again that are posted already.
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def announces_alert(record: Mapping[str, Any]) -> bool:
    """Tell whether a stream record is a new or changed alert; the trigger filters as well, but may be miswired."""
    item = record["dynamodb"]["Keys"]["item"]["S"]
    return record["eventName"] in {"INSERT", "MODIFY"} and item.startswith("alert#")


def read_alert(record: Mapping[str, Any]) -> dict[str, Any]:
    image = record["dynamodb"]["NewImage"]
    return {name: DESERIALIZER.deserialize(value) for name, value in image.items()}


def read_url() -> str:
    """Read the webhook's URL, once for every batch, so that a rotated one is picked up.

    Raises:
        ConfigurationError: the secret is not ``{"url": "..."}``.
    """
    secret = SECRETS.get_secret_value(SecretId=WEBHOOK_SECRET)["SecretString"]
    try:
        url = json.loads(secret)["url"]
    except (KeyError, TypeError, ValueError):
        url = None
    if not isinstance(url, str):
        raise ConfigurationError('the webhook secret must be JSON of the form {"url": "https://..."}')
    return url


def deliver(url: str, alert: Mapping[str, Any], context: Context) -> str:
    if not url:
        return "skipped: no webhook is configured"
    post(url, payload(alert), lambda: context.get_remaining_time_in_millis() / 1000)
    return "posted"


def log(alert: Mapping[str, Any], outcome: str) -> None:
    print(json.dumps({"alert": alert["id"], "outcome": outcome}), flush=True)  # noqa: T201 - the log
