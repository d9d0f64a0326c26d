"""A real alerts table, and how summaries get there."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from boto3.dynamodb.types import TypeDeserializer  # type: ignore[import-untyped]
from messages import message
from task_root import TaskRoot

from thaw_cli.local.cloud import Cloud

alert = TaskRoot("alert")
THRESHOLDS = alert.regression.Thresholds(ratio=1.10, sigmas=3)
DESERIALIZER = TypeDeserializer()


class Table:
    """An alerts table; tests share it and use series of their own."""

    def __init__(self, cloud: Cloud) -> None:
        self.name = f"alerts-{uuid.uuid4().hex}"
        keys = {"series": "HASH", "item": "RANGE"}
        cloud.aws.client("dynamodb").create_table(
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
        )
        self._aws = cloud.aws
        self.client = self.connect()
        self.environment = cloud.aws.variables() | {
            "ALERTS_TABLE": self.name,
            "THAW_CONFIG__ratio": "1.10",
            "THAW_CONFIG__sigmas": "3",
        }

    def connect(self) -> Any:
        """Give a client of its own, to be watched or used by one thread."""
        return replace(self._aws).client("dynamodb")

    def function(self, client: Any = None) -> Any:
        """Give what an execution environment of the function does its work with."""
        return alert.table.AlertsTable(client or self.client, self.name, THRESHOLDS)

    @contextmanager
    def contested(self, client: Any, runtime: str) -> Iterator[None]:
        """Let somebody else always be faster than this client in writing to a series."""
        name, days = "before-call.dynamodb.TransactWriteItems", iter(range(1, 28))

        def write(**_: object) -> None:
            self.function().add(summaries([message(next(days))], runtime))

        client.meta.events.register(name, write)
        yield
        client.meta.events.unregister(name, write)

    def items(self, series: str) -> list[dict[str, Any]]:
        answer = self.client.query(
            TableName=self.name,
            KeyConditionExpression="series = :series",
            ExpressionAttributeValues={":series": {"S": series}},
        )
        return [
            {name: DESERIALIZER.deserialize(value) for name, value in item.items()}
            for item in answer["Items"]
        ]

    def take_in(self, *batches: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Deliver batches of messages to a series of their own and give what the table then holds of it."""
        runtime, table = uuid.uuid4().hex, self.function()
        for batch in batches:
            outcome = table.add(summaries(batch, runtime))
            assert not outcome.unsettled
        return self.items(series(runtime))


def series(runtime: str) -> str:
    return f"thaw-bench/{runtime}/zip/512/arm64"


def renamed(message: dict[str, Any], runtime: str) -> dict[str, Any]:
    return message | {"series": message["series"] | {"runtime": runtime}}


def summaries(messages: Sequence[dict[str, Any]], runtime: str = "python") -> list[Any]:
    return [alert.summary.Summary.from_fields(renamed(message, runtime)) for message in messages]


def alerted(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """The days for which there are alerts."""
    return [item["item"][14:16] for item in items if item["item"].startswith("alert#")]


def comparable(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What depends neither on the name that a series has in a test nor on the number of writes."""
    results = [item | content(item) for item in items]
    varying = {"series", "id", "version", "content", "alerts"}
    return [{name: value for name, value in item.items() if name not in varying} for item in results]


def content(item: Mapping[str, Any]) -> dict[str, Any]:
    """What a history says, with the places of the alerts for the alerts."""
    if item["item"] != "history":
        return {}
    found = json.loads(item["content"])
    return {"rows": found["results"], "places": sorted(found["alerts"])}
