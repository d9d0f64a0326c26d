"""The statistics of a summary and the message that carries them."""

import json
import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from observatory import SAMPLE
from task_root import TaskRoot

aggregate = TaskRoot("aggregate")
statistics_of = aggregate.summary.statistics_of

SAMPLES = st.lists(st.floats(min_value=1e-6, max_value=900_000), min_size=2, max_size=50)


@given(SAMPLES)
def test_mean_and_deviation_are_those_of_the_standard_library(samples: list[float]) -> None:
    found = statistics_of(samples)
    assert math.isclose(found["mean_ms"], statistics.mean(samples), rel_tol=1e-12)
    assert math.isclose(found["sd_ms"], statistics.stdev(samples), rel_tol=1e-9, abs_tol=1e-9)


@given(SAMPLES)
def test_percentiles_are_those_of_the_standard_library(samples: list[float]) -> None:
    found = statistics_of(samples)
    cuts = statistics.quantiles(samples, n=100, method="inclusive")
    expected = [cuts[49], cuts[89], cuts[98]]
    assert [found["p50_ms"], found["p90_ms"], found["p99_ms"]] == pytest.approx(expected, rel=1e-9)


@given(SAMPLES)
def test_percentiles_are_ordered_and_within_the_samples(samples: list[float]) -> None:
    found = statistics_of(samples)
    ordered = [found[name] for name in ("min_ms", "p50_ms", "p90_ms", "p99_ms", "max_ms")]
    assert ordered == sorted(ordered)


def test_a_single_sample_has_no_deviation() -> None:
    assert statistics_of([5.0]) == {
        "n": 1, "mean_ms": 5.0, "sd_ms": None, "min_ms": 5.0, "p50_ms": 5.0, "p90_ms": 5.0, "p99_ms": 5.0, "max_ms": 5.0
    }  # fmt: skip


def test_no_samples_have_no_statistics() -> None:
    assert statistics_of([]) is None


def test_a_summary_says_everything_about_its_result() -> None:
    location = aggregate.notifications.Location("results", "results/2026-08-18.json")
    measurement = aggregate.formats.parse(SAMPLE.read_bytes(), location.key)
    stored = aggregate.store.Stored(revision=3, repeated=False, withdrawn=())
    message = aggregate.summary.summaries(location, measurement, stored)[1]
    assert json.loads(json.dumps(message)) == {
        "format": "thaw-summary/1",
        "id": aggregate.store.result_id(location, measurement, measurement.results[1].series),
        "revision": 3,
        "withdrawn": False,
        "series": {
            "source": "lambda-perf",
            "runtime": "python313",
            "package": "image",
            "memory_mb": 128,
            "architecture": "x86_64",
        },
        "display": "python3.13",
        "measured_at": "2026-08-18T14:00:43.289000Z",
        "object": {"bucket": "results", "key": "results/2026-08-18.json"},
        "conditions": {},
        "cold": statistics_of([401, 380.5, 399.25]),
        "warm": None,
        "memory_used_mb": 40,
        "reported_init_mean_ms": 393.583,
        "reported_duration_mean_ms": 12.5,
    }


def test_the_largest_batch_of_summaries_fits_into_one_request() -> None:
    limits = aggregate.limits
    name = "\U0001f40c" * 100  # twelve bytes a character in JSON
    series = aggregate.measurement.Series("thaw-bench", name, "image", 10_240, "x86_64")
    cold = (899_999.123456789, 0.000001234567891)
    conditions = {"c": "x" * (limits.CONDITIONS_BYTES - 9)}
    measurement = aggregate.measurement.Measurement(
        aggregate.document.LATEST,
        (aggregate.measurement.Result(series, name, cold, cold, 1 / 3, 1 / 3, 1 / 3),),
        conditions,
    )
    location = aggregate.notifications.Location("b" * 63, "\U0001f40c" * 256)
    stored = aggregate.store.Stored(2**31 - 1, repeated=False, withdrawn=())
    [message] = aggregate.summary.summaries(location, measurement, stored)
    assert len(json.dumps(message)) < aggregate.topic.MESSAGE_BYTES
    [*_, largest] = sorted(aggregate.topic.messages([message] * 9), key=lambda group: len(json.dumps(group)))
    entry = aggregate.topic.entry(9, largest)
    assert 10 * len(json.dumps(entry, ensure_ascii=False).encode()) < 256 * 1024
