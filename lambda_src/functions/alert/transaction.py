"""What is written together: the histories of whole series with the alerts that go with them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeSerializer  # type: ignore[import-untyped]
from history import History, Settlement
from regression import ALERT

HISTORY = "history"
# TransactWriteItems takes 100 actions and 4 MB of items. Their JSON is longer than what DynamoDB counts.
ACTIONS = 100
JSON_BYTES = 4_000_000
SERIALIZER = TypeSerializer()

Action = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Change:
    """A settlement as actions of a transaction.

    Args:
        settlement: what is to be done.
        actions: how, in DynamoDB's words.
        size: of the actions as JSON, in bytes.
    """

    settlement: Settlement
    actions: list[Action]
    size: int

    @classmethod
    def of(cls, settlement: Settlement, table: str) -> "Change":
        """Translate a settlement.

        The history is put only if the table still has the version that was read, or still none; the alerts, which
        follow from it, need no condition.
        """
        series = {"S": settlement.history.series}
        actions = [
            {"Put": {"TableName": table} | put_history(settlement.history)},
            *({"Put": {"TableName": table, "Item": serialize(alert)}} for alert in settlement.raised),
            *(
                {"Delete": {"TableName": table, "Key": {"series": series, "item": {"S": ALERT + position}}}}
                for position in settlement.withdrawn
            ),
        ]
        return cls(settlement, actions, len(json.dumps(actions)))


def history_key(series: str) -> dict[str, Any]:
    return {"series": {"S": series}, "item": {"S": HISTORY}}


def read_history(item: dict[str, Any]) -> History:
    """Read a history's item, as ``put_history`` writes it."""
    return History.read(item["series"]["S"], int(item["version"]["N"]), item["content"]["S"])


def put_history(history: History) -> dict[str, Any]:
    item = history_key(history.series) | {
        "version": {"N": str(history.version)},
        # For people and for counting; everything else is in the content.
        "results": {"N": str(len(history.summaries))},
        "content": {"S": history.content()},
    }
    if history.version == 1:
        return {"Item": item, "ConditionExpression": "attribute_not_exists(series)"}
    former = {":former": {"N": str(history.version - 1)}}
    return {"Item": item, "ConditionExpression": "version = :former", "ExpressionAttributeValues": former}


def serialize(item: dict[str, Any]) -> dict[str, Any]:
    return {name: SERIALIZER.serialize(value) for name, value in item.items()}


def transactions(changes: Iterable[Change], most: int) -> Iterator[list[Change]]:
    """Put changes together, in order, at most so many and no more than one transaction takes."""
    group: list[Change] = []
    for change in changes:
        wider = [*group, change]
        if group and not fits(wider, most):
            yield group
            wider = [change]
        group = wider
    if group:
        yield group


def fits(changes: list[Change], most: int) -> bool:
    return (
        len(changes) <= most
        and sum(len(change.actions) for change in changes) <= ACTIONS
        and sum(change.size for change in changes) <= JSON_BYTES
    )
