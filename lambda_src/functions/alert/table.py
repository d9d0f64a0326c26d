"""Keeps summaries and alerts in DynamoDB so that the order in which summaries arrive does not matter."""

from collections.abc import Iterator
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key  # type: ignore[import-untyped]
from regression import Thresholds, judge
from summary import ALERT, SUMMARY, Summary

# Each further round needs somebody else to have changed the series in the meantime.
ROUNDS = 20


class UnsettledError(Exception):
    """A series changed again and again while it was judged. Judging it once more is safe."""


class AlertsTable:
    """The alerts table, and the rule that an alert exists exactly if a result is a regression.

    Args:
        table: boto3's resource of the table.
        thresholds: what counts as a regression.
    """

    def __init__(self, table: Any, thresholds: Thresholds) -> None:
        self._table = table
        self._thresholds = thresholds

    def add(self, summary: Summary) -> list[str]:
        """Keep a summary and bring the alerts that depend on it, its own and the next result's, up to date.

        Returns:
            What was done to the alerts.

        Raises:
            UnsettledError: others changed the series all the time.
        """
        created = self._put(summary)
        changes = self._settle(summary.series, summary.position, created=created)
        if following := next(self._following(summary), None):
            changes += self._settle(summary.series, following.position, created=False)
        return changes

    def _put(self, summary: Summary) -> bool:
        """Keep a summary unless the table has its revision or a newer one; tell whether its place was empty."""
        newer = Attr("item").not_exists() | Attr("revision").lt(summary.revision)
        try:
            answer = self._table.put_item(
                Item=summary.item(), ConditionExpression=newer, ReturnValues="ALL_OLD"
            )
        except self._table.meta.client.exceptions.ConditionalCheckFailedException:
            # Not the end of the work: the delivery that put it may have died before it judged.
            return False
        return "Attributes" not in answer

    def _settle(self, series: str, position: str, *, created: bool) -> list[str]:
        """Put or delete the alert of a result until the table agrees with the rule.

        Everything is read again after every write. Whoever writes an alert last has therefore seen, after writing,
        the neighbours it judged by; and a neighbour put later is judged by whoever put it. So the table ends the
        same for every order and every overlap of deliveries. A result just created has no alert but one by such a
        writer, so that looking for it can be spared.
        """
        changes: list[str] = []
        present = None if created else self._alert_id(series, position)
        for _ in range(ROUNDS):
            wanted = self._judge(series, position)
            if present == (wanted and wanted["id"]):
                return changes
            changes.append(self._write(series, position, wanted))
            present = self._alert_id(series, position)
        raise UnsettledError(f"{series} kept changing")

    def _judge(self, series: str, position: str) -> dict[str, Any] | None:
        up_to_here = Key("item").between(SUMMARY, SUMMARY + position)
        # The result itself comes first; it keeps its place even when it is withdrawn.
        newest_first = map(Summary.from_item, self._query(series, up_to_here, ascending=False))
        current = next(newest_first)
        previous = next((summary for summary in newest_first if summary.cold is not None), None)
        return judge(previous, current, self._thresholds)

    def _alert_id(self, series: str, position: str) -> str | None:
        found = self._query(series, Key("item").eq(ALERT + position), ascending=True)
        return next((str(item["id"]) for item in found), None)

    def _write(self, series: str, position: str, wanted: dict[str, Any] | None) -> str:
        if wanted is None:
            self._table.delete_item(Key={"series": series, "item": ALERT + position})
            return f"withdrew the alert of {position}"
        self._table.put_item(Item=wanted)
        return f"raised alert {wanted['id']}: {wanted['message']}"

    def _following(self, summary: Summary) -> Iterator[Summary]:
        from_here = Key("item").between(SUMMARY + summary.position, SUMMARY + "\uffff")
        for item in self._query(summary.series, from_here, ascending=True):
            other = Summary.from_item(item)
            if other.cold is not None and other.position != summary.position:
                yield other

    def _query(self, series: str, item: ConditionBase, *, ascending: bool) -> Iterator[dict[str, Any]]:
        """Read items of a series in order, strongly consistently, a few at a time."""
        request = {
            "KeyConditionExpression": Key("series").eq(series) & item,
            "ScanIndexForward": ascending,
            "ConsistentRead": True,
            "Limit": 4,
        }
        while True:
            page = self._table.query(**request)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
