"""From the history of a series and new summaries to a new history and its alerts, without a table."""

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from alerts_table import THRESHOLDS, alert, summaries
from hypothesis import given
from hypothesis import strategies as st
from messages import MESSAGES, message, split

from thaw_cli.demo import observatory

History, Summary, KEPT = alert.history.History, alert.summary.Summary, alert.history.KEPT
EMPTY = History("thaw-bench/python/zip/512/arm64")


def end(*batches: Sequence[dict[str, Any]], history: Any = EMPTY) -> tuple[Any, Any, dict[str, Any]]:
    """The results, the alerts that the history knows of, and those that a table would hold."""
    table: dict[str, Any] = {}
    for batch in batches:
        settled = alert.history.settle(history, summaries(batch), THRESHOLDS)
        for position in settled.withdrawn:
            del table[position]
        table |= {each["item"].removeprefix("alert#"): each for each in settled.raised}
        history = settled.history
    return history.summaries, history.alerts, table


def dated(*results: tuple[int, float]) -> list[dict[str, Any]]:
    """Results of more days than a month has."""
    return [
        message(1, mean) | {"id": f"id-{day}", "measured_at": f"{2000 + day}-01-01T00:00:00.000000Z"}
        for day, mean in results
    ]


@given(messages=MESSAGES, chance=st.randoms(use_true_random=False))
def test_neither_order_nor_grouping_nor_repetition_matters(
    messages: list[dict[str, Any]], chance: random.Random
) -> None:
    assert end(*split(messages, chance)) == end(messages)


@given(chance=st.randoms(use_true_random=False))
def test_they_do_not_matter_where_there_are_more_results_than_are_kept_either(chance: random.Random) -> None:
    messages = dated(*((day, chance.choice([100.0, 120.0])) for day in range(KEPT + 10)))
    assert end(*split(messages, chance)) == end(messages)


@given(messages=MESSAGES, chance=st.randoms(use_true_random=False))
def test_a_history_knows_the_alerts_of_its_table(
    messages: list[dict[str, Any]], chance: random.Random
) -> None:
    _, known, table = end(*split(messages, chance))
    assert known == {position: each["id"] for position, each in table.items()}


@given(messages=MESSAGES)
def test_there_is_an_alert_exactly_for_the_regressions(messages: list[dict[str, Any]]) -> None:
    results, alerts, _ = end(messages)
    measured = [each for each in results if each.cold]
    assert alerts.keys() == {
        after.position
        for before, after in pairwise(measured)
        if alert.regression.is_regression(before.cold, after.cold, THRESHOLDS)
    }


@given(messages=MESSAGES)
def test_a_repeated_delivery_changes_nothing(messages: list[dict[str, Any]]) -> None:
    history = alert.history.settle(EMPTY, summaries(messages), THRESHOLDS).history
    again = alert.history.settle(history, summaries(messages), THRESHOLDS)
    assert (again.changed, again.history, again.raised, again.withdrawn) == (False, history, (), ())


def test_the_newest_results_are_kept() -> None:
    days = [(day, 100.0) for day in range(KEPT + 2)]
    results, _, _ = end(dated(*days))
    assert [each.measured_at[:4] for each in results] == [f"{2000 + day}" for day, _ in days[2:]]


def test_an_alert_goes_with_the_results_that_it_compares() -> None:
    """Else it would depend on the order of arrival whether it exists."""
    days = [(0, 100.0), (1, 150.0), *((day, 150.0) for day in range(2, KEPT))]
    _, _, before = end(dated(*days))
    _, _, after = end(dated(*days), dated((KEPT, 150.0)))
    assert (len(before), len(after)) == (1, 0)


def test_new_thresholds_do_not_judge_old_results_again() -> None:
    history = alert.history.settle(EMPTY, summaries(dated((1, 100.0), (2, 105.0))), THRESHOLDS).history
    stricter = alert.regression.Thresholds(ratio=1.01, sigmas=1)
    settled = alert.history.settle(history, summaries(dated((3, 110.0))), stricter)
    assert [each["measured_at"][:4] for each in settled.raised] == ["2003"]


@given(
    mean=st.floats(1e-60, 1e60),
    sd=st.none() | st.just(0.0) | st.floats(1e-60, 1e60),
    n=st.integers(1, 10**37),
    display=st.text(max_size=100),
    conditions=st.dictionaries(st.text(max_size=9), st.text(max_size=9) | st.floats(allow_nan=False)),
)
def test_a_history_is_read_as_it_was_written(
    mean: float, sd: float | None, n: int, display: str, conditions: dict[str, Any]
) -> None:
    summary = Summary(
        "s", "2026-08-18T14:00:43.289000Z#1", 3, display, alert.summary.Statistics(n, mean, sd), conditions
    )
    history = History("s", 7, (summary,), {summary.position: "id"})
    assert History.read("s", 7, history.content()) == history


def largest(day: int, mean: float) -> dict[str, Any]:
    """A message with as many conditions as it may have, and others than that of the day before."""
    conditions = {f"{day}-{name:02}": "x" * 110 for name in range(70)}
    return dated((day, mean))[0] | {"display": "\U0001f600" * 100, "conditions": conditions}


def test_the_largest_history_fits_into_an_item_and_with_its_alerts_into_a_transaction() -> None:
    """Every result a regression whose alert has to be written, and so was every one of the history before."""
    former = dated(*((day, 100.0 * 1.2**day) for day in range(KEPT)))
    history = alert.history.settle(EMPTY, summaries(former), THRESHOLDS).history
    newer = [largest(day + KEPT, 100.0 * 1.2**day) for day in range(KEPT)]
    assert all(len(alert.summary.compact(each.row())) > 8500 for each in summaries(newer))
    change = alert.transaction.Change.of(
        alert.history.settle(history, summaries(newer), THRESHOLDS), "alerts"
    )
    assert len(change.actions) == 1 + (KEPT - 1) + (KEPT - 1)
    assert len(change.settlement.history.content().encode()) < 390_000
    assert alert.transaction.fits([change], 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"conditions": {"x": "x" * 9000}},
        {"id": "x" * 1000},
        {"series": message(18)["series"] | {"runtime": "x" * 2048}},
        {"display": "\ud800"},
        {"cold": {"n": 0, "mean_ms": 1, "sd_ms": None}},
        {"cold": {"n": 10**38, "mean_ms": 1, "sd_ms": 0}},
        {"cold": {"n": 2, "mean_ms": float("nan"), "sd_ms": 0}},
        {"cold": {"n": 2, "mean_ms": 1e61, "sd_ms": 0}},
        {"cold": {"n": 2, "mean_ms": 1, "sd_ms": 1e-61}},
    ],
    ids=["conditions", "id", "series", "text", "no sample", "samples", "no number", "mean", "spread"],
)
def test_a_message_that_the_table_cannot_hold_is_an_error(fields: dict[str, Any]) -> None:
    with pytest.raises(alert.summary.MessageError):
        Summary.from_fields(message(18) | fields)


def test_the_demo_knows_how_many_results_are_kept() -> None:
    assert observatory.KEPT == KEPT
