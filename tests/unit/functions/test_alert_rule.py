"""What is a regression, and how summaries and alerts are written."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import message, together
from task_root import FUNCTIONS, TaskRoot

alert = TaskRoot("alert")
Statistics, Summary = alert.summary.Statistics, alert.summary.Summary
THRESHOLDS = alert.regression.Thresholds(ratio=1.10, sigmas=3)


@pytest.mark.parametrize(
    ("previous", "current", "expected"),
    [
        (Statistics(10, 100, 2), Statistics(10, 111, 2), True),
        (Statistics(10, 10, 0.2), Statistics(10, 11, 0.2), False),  # not more than the ratio
        (Statistics(10, 100, 2), Statistics(10, 90, 2), False),  # faster
        (Statistics(10, 100, 30), Statistics(10, 120, 30), False),  # 20 ms are fewer than 3 errors of 13 ms
        (Statistics(1000, 100, 30), Statistics(1000, 120, 30), True),  # the same spread, better known
        (Statistics(10, 100, 0), Statistics(10, 111, 0), True),
        (Statistics(1, 100, None), Statistics(10, 500, 2), False),  # one sample tells nothing of the spread
        (Statistics(10, 100, 2), Statistics(1, 500, None), False),
    ],
)
def test_a_regression_exceeds_both_the_ratio_and_the_standard_errors(
    previous: Any, current: Any, expected: object
) -> None:
    assert alert.regression.is_regression(previous, current, THRESHOLDS) is expected


SPREADS = st.just(0.0) | st.floats(1e-60, 1e4)


@given(st.integers(2, 1000), SPREADS, st.integers(2, 1000), SPREADS)
def test_the_standard_error_is_welchs(n: int, sd: float, m: int, other: float) -> None:
    expected = math.hypot(sd / math.sqrt(n), other / math.sqrt(m))
    found = alert.regression.standard_error(Statistics(n, 1, sd), Statistics(m, 1, other))
    assert math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-150)


def test_an_alert_reads_as_a_sentence() -> None:
    before, after = (Summary.from_fields(message(day, mean)) for day, mean in ((18, 100.0), (19, 131.0)))
    assert alert.regression.judge(before, after, THRESHOLDS)["message"] == (
        "Python (zip, 512 MB, arm64, thaw-bench): cold start 131.0 ms on 2026-08-19, 1.31 times the 100.0 ms on"
        " 2026-08-18 (sd 2.0 and 2.0 ms, n 10 and 10)"
    )


def test_an_alert_names_the_conditions_that_changed() -> None:
    before = Summary.from_fields(message(18, conditions={"cpus": 2, "kernel": "6.1", "ssd": 1}))
    after = Summary.from_fields(message(19, 200.0, conditions={"cpus": 2, "kernel": "6.8"}))
    changed = alert.regression.judge(before, after, THRESHOLDS)["changed_conditions"]
    assert changed == ["kernel: 6.1 -> 6.8", "ssd: 1 -> absent"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        together(message(18) | {"format": "thaw-summary/2"}),
        together(message(18) | {"measured_at": "2026-08-18"}),
        together(message(18) | {"cold": None}),
        together(message(18) | {"series": {}}),
        together(message(18) | {"revision": "new"}),
    ],
)
def test_a_message_that_is_no_summary_is_an_error(text: str) -> None:
    with pytest.raises(alert.summary.MessageError):
        alert.summary.read_message(text)


def test_the_messages_of_aggregate_are_understood() -> None:
    document = json.loads((FUNCTIONS / "alert" / "events" / "sns.json").read_text())
    [summary] = alert.summary.read_message(document["Records"][0]["Sns"]["Message"])
    assert (summary.series, summary.measured_at, summary.cold) == (
        "lambda-perf/python313/zip/128/arm64",
        "2026-08-18T14:00:43.289000Z",
        Statistics(10, 101.25, 4.5),
    )


@given(st.text(max_size=5), st.text(max_size=5), st.sampled_from(["zip", "image"]))
def test_two_series_never_share_a_key(one: str, other: str, package: str) -> None:
    series = message(18)["series"]
    keys = {
        alert.summary.series_key(series | {"runtime": one, "package": package}),
        alert.summary.series_key(series | {"runtime": other, "package": "zip"}),
    }
    assert len(keys) == len({(one, package), (other, "zip")})
