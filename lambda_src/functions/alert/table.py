"""Keeps histories and alerts in DynamoDB, so that neither order nor repetition of summaries matters."""

import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from history import History, Settlement, settle
from regression import Thresholds
from summary import Summary
from transaction import Change, history_key, read_history, transactions

KEYS = 100  # BatchGetItem takes no more
# How many series share a transaction in each round. Only what others have written to, or what DynamoDB had no capacity
# for, needs another round; one such series undoes its whole transaction, therefore the smaller groups.
ROUNDS = (100, 25, 5, 1, 1, 1, 1, 1, 1, 1, 1, 1)
PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class Outcome:
    """What became of a batch of summaries.

    Args:
        settled: one for each series that is up to date now.
        unsettled: the other series, with the reason. Taking their summaries in again is safe.
    """

    settled: Sequence[Settlement]
    unsettled: Mapping[str, str]


class AlertsTable:
    """The alerts table, and the rule that an alert exists exactly if a result is a regression.

    Args:
        dynamodb: boto3's client.
        name: the table's name.
        thresholds: what counts as a regression.
    """

    def __init__(self, dynamodb: Any, name: str, thresholds: Thresholds) -> None:
        self._dynamodb = dynamodb
        self._name = name
        self._thresholds = thresholds

    def add(self, summaries: Iterable[Summary]) -> Outcome:
        """Take summaries into the histories of their series and bring the alerts up to date.

        A history is written together with its alerts, and only over the version that it was made from; if somebody
        else was faster, it is read and settled again.
        """
        pending = by_series(summaries)
        settled: list[Settlement] = []
        for most in ROUNDS:
            outcome = self._round(pending, most)
            settled += outcome.settled
            pending = {series: pending[series] for series in outcome.unsettled}
            if not pending:
                break
            time.sleep(random.uniform(0, PAUSE_SECONDS))  # noqa: S311 - so that two that collide do not again
        return Outcome(settled, outcome.unsettled)

    def _round(self, pending: Mapping[str, Sequence[Summary]], most: int) -> Outcome:
        """Settle what can be settled at once, with at most so many series in a transaction."""
        histories, unread = self._read(list(pending))
        settlements = [settle(each, pending[each.series], self._thresholds) for each in histories]
        settled = [each for each in settlements if not each.changed]
        unsettled = dict.fromkeys(unread, "not read: DynamoDB left it out")
        changes = (Change.of(each, self._name) for each in settlements if each.changed)
        for group in transactions(changes, most):
            if refusal := self._write(group):
                unsettled |= {each.settlement.history.series: refusal for each in group}
            else:
                settled += [each.settlement for each in group]
        return Outcome(settled, unsettled)

    def _read(self, series: Sequence[str]) -> tuple[list[History], list[str]]:
        """Read histories, strongly consistently, and tell which ones DynamoDB left for later."""
        found: dict[str, History] = {}
        unread: list[str] = []
        for start in range(0, len(series), KEYS):
            keys = [history_key(each) for each in series[start : start + KEYS]]
            answer = self._dynamodb.batch_get_item(
                RequestItems={self._name: {"Keys": keys, "ConsistentRead": True}}
            )
            found |= {each.series: each for each in map(read_history, answer["Responses"][self._name])}
            rest = answer["UnprocessedKeys"].get(self._name, {"Keys": []})
            unread += [key["series"]["S"] for key in rest["Keys"]]
        read = [each for each in series if each not in set(unread)]
        return [found.get(each, History(each)) for each in read], unread

    def _write(self, changes: Iterable[Change]) -> str:
        """Write changes together; give the reason if DynamoDB refuses them all, else nothing."""
        actions = [action for change in changes for action in change.actions]
        try:
            self._dynamodb.transact_write_items(TransactItems=actions)
        except self._dynamodb.exceptions.TransactionCanceledException as error:
            codes = {reason["Code"] for reason in error.response["CancellationReasons"]} - {"None"}
            return f"not written: {', '.join(sorted(codes))}"
        return ""


def by_series(summaries: Iterable[Summary]) -> dict[str, list[Summary]]:
    groups: dict[str, list[Summary]] = {}
    for summary in summaries:
        groups.setdefault(summary.series, []).append(summary)
    return groups
