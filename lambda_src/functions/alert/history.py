"""The history of a series: its newest results, and which of them have an alert."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from regression import Thresholds, judge
from summary import Summary, compact

# So a history, the rows of which are bounded, stays below the 400 KB that an item may have, and all that a series may
# need written at once (the history, an alert for every result, a withdrawal for every former one) below the 100 actions
# of a transaction.
KEPT = 40


@dataclass(frozen=True)
class History:
    """What the table knows of a series.

    Args:
        series: the table's partition key.
        version: grows with every write; 0 for what the table does not have yet.
        summaries: the newest results, at most ``KEPT``, in order.
        alerts: the ids of the alerts that the table has, by the position of their results.
    """

    series: str
    version: int = 0
    summaries: tuple[Summary, ...] = ()
    alerts: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> str:
        """Write the results and alerts as a text; ``read`` reads it."""
        return compact({"results": [each.row() for each in self.summaries], "alerts": dict(self.alerts)})

    @classmethod
    def read(cls, series: str, version: int, content: str) -> "History":
        """Read what ``content`` wrote."""
        fields = json.loads(content)
        return cls(
            series,
            version,
            tuple(Summary.from_row(series, row) for row in fields["results"]),
            fields["alerts"],
        )


@dataclass(frozen=True)
class Settlement:
    """What becomes of a history, and what has to be done to the alerts together with it.

    Args:
        history: the new one, or the old one if nothing has changed.
        changed: whether there is anything to write.
        raised: items of the table.
        withdrawn: positions.
    """

    history: History
    changed: bool
    raised: tuple[dict[str, Any], ...] = ()
    withdrawn: tuple[str, ...] = ()


def settle(history: History, arrived: Iterable[Summary], thresholds: Thresholds) -> Settlement:
    """Take summaries into the history of their series and judge the results that they have an influence on.

    Which results a history keeps does not depend on the order in which they arrive, nor on how they are grouped, and
    whether a result deserves an alert depends on nothing but the history. So every order of the same summaries, with
    any repetitions, ends in the same history and the same alerts.

    A result is judged anew only if it, or the one that it is compared with, has changed: other thresholds hold for
    what arrives from then on.
    """
    summaries = merge(history.summaries, arrived)
    if summaries == history.summaries:
        return Settlement(history, changed=False)
    pairs, known = comparisons(summaries), comparisons(history.summaries)
    judged = {
        position: judge(*pair, thresholds) for position, pair in pairs.items() if known.get(position) != pair
    }
    deserved = {position: alert for position, alert in judged.items() if alert}
    alerts = {position: alert["id"] for position, alert in deserved.items()} | {
        position: former
        for position, former in history.alerts.items()
        if position in pairs and position not in judged
    }
    return Settlement(
        History(history.series, history.version + 1, summaries, alerts),
        changed=True,
        raised=tuple(
            each for position, each in deserved.items() if each["id"] != history.alerts.get(position)
        ),
        withdrawn=tuple(sorted(history.alerts.keys() - alerts.keys())),
    )


def merge(kept: Iterable[Summary], arrived: Iterable[Summary]) -> tuple[Summary, ...]:
    """Give the newest ``KEPT`` positions in order, each with its greatest revision."""
    newest = {summary.position: summary for summary in kept}
    for summary in arrived:
        present = newest.get(summary.position)
        if present is None or present.revision < summary.revision:
            newest[summary.position] = summary
    return tuple(newest[position] for position in sorted(newest)[-KEPT:])


def comparisons(summaries: Iterable[Summary]) -> dict[str, tuple[Summary | None, Summary]]:
    """Pair every result, by position, with the last one before it that is not withdrawn."""
    pairs: dict[str, tuple[Summary | None, Summary]] = {}
    previous = None
    for current in summaries:
        pairs[current.position] = (previous, current)
        if current.cold is not None:
            previous = current
    return pairs
