"""The deployed observatory, seen from outside: what goes in, when it is through, and what came out."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from thaw_cli.errors import ChainStuckError
from thaw_cli.local.aws import LocalAws

RESULTS, QUARANTINE, REASON = "results/", "quarantine/", ".reason.json"
DEADLINE_SECONDS = 240.0
INTERVAL_SECONDS = 0.2
KEPT = 40  # of a series' results, only the newest ones are kept for comparison

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Outcome:
    """What the chain made of the uploads.

    Attributes:
        samples, results: rows in the database.
        alerts: items of the alerts table, the worst regression first.
        quarantined: the reasons, as written beside the objects.
    """

    samples: int
    results: int
    alerts: list[dict[str, Any]]
    quarantined: list[dict[str, Any]]


class Observatory:
    """Access to the pieces of one deployed environment.

    Args:
        aws: the local cloud.
        outputs: of all stacks of the environment, by key.
        database: a libpq connection string.
    """

    def __init__(self, aws: LocalAws, outputs: Mapping[str, str], database: str) -> None:
        self._bucket = outputs["ResultsBucket"]
        self._s3 = aws.client("s3")
        self._dynamodb = aws.client("dynamodb")
        self._table = outputs["AlertsTable"]
        self._database = database

    def upload(self, name: str, body: bytes) -> None:
        """Puts one file where the observatory looks for results."""
        self._s3.put_object(Bucket=self._bucket, Key=RESULTS + name, Body=body)

    def await_objects(self, count: int, progress: Progress) -> None:
        """Returns when so many objects are stored or quarantined.

        Raises:
            ChainStuckError: that did not happen in time.
        """
        _await("objects taken in", count, lambda: self._stored() + len(self._reasons()), progress)

    def await_summaries(self, progress: Progress) -> None:
        """Returns when the summary of every result in the database has been compared.

        Raises:
            ChainStuckError: that did not happen in time.
        """
        _await("summaries compared", self._comparable(), self._compared, progress)

    def outcome(self) -> Outcome:
        """Everything that came out, read once."""
        items = self._items("begins_with(#item, :item)", "alert#")
        return Outcome(
            samples=self._count("samples"),
            results=self._count("results"),
            alerts=sorted(items, key=lambda alert: -float(alert["ratio"])),
            quarantined=[self._reason(key) for key in self._reasons()],
        )

    def _stored(self) -> int:
        return self._count("objects")

    def _comparable(self) -> int:
        series = "source, runtime, package, memory_mb, architecture"
        kept = f"SELECT least(count(*), {KEPT}) AS kept FROM observatory.results GROUP BY {series}"  # noqa: S608 - our names
        return self._select(f"SELECT coalesce(sum(kept), 0) FROM ({kept}) AS series")  # noqa: S608 - likewise

    def _compared(self) -> int:
        return sum(int(history["results"]) for history in self._items("#item = :item", "history"))

    def _count(self, table: str) -> int:
        return self._select(f"SELECT count(*) FROM observatory.{table}")  # noqa: S608 - our names

    def _select(self, query: str) -> int:
        with psycopg.connect(self._database, autocommit=True) as connection:
            try:
                row = connection.execute(query.encode()).fetchone()
            except psycopg.errors.UndefinedTable:  # nothing has arrived yet, so nothing was migrated
                return 0
        return int(row[0]) if row else 0

    def _reasons(self) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=QUARANTINE)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return [key for key in keys if key.endswith(REASON)]

    def _reason(self, key: str) -> dict[str, Any]:
        body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        reason: dict[str, Any] = json.loads(body)
        return reason

    def _items(self, condition: str, item: str) -> list[dict[str, Any]]:
        scan = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression=condition,
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues={":item": {"S": item}},
        )
        return [_plain(found) for page in scan for found in page["Items"]]


def await_posts(outcome: Outcome, posted: Callable[[], set[str]], progress: Progress) -> None:
    """Returns when every alert has been posted.

    Args:
        outcome: holds the alerts.
        posted: the ids of the alerts that the webhook got.
        progress: told how far it is.

    Raises:
        ChainStuckError: that did not happen in time.
    """
    ids = {alert["id"] for alert in outcome.alerts}
    _await("alerts posted", len(ids), lambda: len(ids & posted()), progress)


def _await(what: str, expected: int, count: Callable[[], int], progress: Progress) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (have := count()) < expected:
        progress(have, expected)
        if time.monotonic() > deadline:
            raise ChainStuckError(
                f"the deployed chain did not finish within {DEADLINE_SECONDS:.0f} s",
                received=f"{have} {what} of {expected}",
                change="run again with --keep and read the functions' logs in the cloud's folder",
            )
        time.sleep(INTERVAL_SECONDS)
    progress(expected, expected)


def _plain(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """DynamoDB's typed attributes as plain values; numbers stay text, maps become mappings."""
    return {name: _value(typed) for name, typed in item.items()}


def _value(typed: Mapping[str, Any]) -> Any:
    ((kind, value),) = typed.items()
    return _plain(value) if kind == "M" else value
