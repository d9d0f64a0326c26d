"""Summaries of results: the statistics, and the message ``thaw-summary/1`` that carries them."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from measurement import Measurement, Result, timestamp
from notifications import Location
from store import Stored, Withdrawn, result_id

FORMAT = "thaw-summary/1"
PERCENTILES = (50, 90, 99)


def statistics_of(samples: Sequence[float]) -> dict[str, float | int | None] | None:
    """Summarise samples in milliseconds, or give ``None`` where there are none.

    The mean is exactly rounded (``math.fsum``), ``sd`` is the sample standard deviation (n - 1) and ``None`` for a
    single sample, percentiles interpolate linearly between ranks (Hyndman and Fan's type 7, PostgreSQL's
    ``percentile_cont``).
    """
    if not samples:
        return None
    ordered = sorted(samples)
    mean = math.fsum(ordered) / len(ordered)
    return {
        "n": len(ordered),
        "mean_ms": mean,
        "sd_ms": standard_deviation(ordered, mean),
        "min_ms": ordered[0],
        **{f"p{percent}_ms": percentile(ordered, percent) for percent in PERCENTILES},
        "max_ms": ordered[-1],
    }


def standard_deviation(samples: Sequence[float], mean: float) -> float | None:
    if len(samples) == 1:
        return None
    return math.sqrt(math.fsum((sample - mean) ** 2 for sample in samples) / (len(samples) - 1))


def percentile(ordered: Sequence[float], percent: float) -> float:
    rank = (len(ordered) - 1) * percent / 100
    below = math.floor(rank)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (rank - below) * (ordered[above] - ordered[below])


def summaries(location: Location, measurement: Measurement, stored: Stored) -> list[dict[str, Any]]:
    """Make the messages for one object: a summary per result, and a withdrawal per withdrawn result."""
    return [
        *(summarise(location, measurement, result, stored.revision) for result in measurement.results),
        *(withdraw(location, withdrawn, stored.revision) for withdrawn in stored.withdrawn),
    ]


def summarise(location: Location, measurement: Measurement, result: Result, revision: int) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "id": result_id(location, measurement, result.series),
        "revision": revision,
        "withdrawn": False,
        "series": asdict(result.series),
        "display": result.display,
        "measured_at": timestamp(measurement.measured_at),
        "object": asdict(location),
        "conditions": dict(measurement.conditions),
        "cold": statistics_of(result.cold_ms),
        "warm": statistics_of(result.warm_ms),
        "memory_used_mb": result.memory_used_mb,
        "reported_init_mean_ms": result.reported_init_mean_ms,
        "reported_duration_mean_ms": result.reported_duration_mean_ms,
    }


def withdraw(location: Location, withdrawn: Withdrawn, revision: int) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "id": withdrawn.id,
        "revision": revision,
        "withdrawn": True,
        "series": asdict(withdrawn.series),
        "display": withdrawn.display,
        "measured_at": timestamp(withdrawn.measured_at),
        "object": asdict(location),
    }
