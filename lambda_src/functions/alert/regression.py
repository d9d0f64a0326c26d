"""Decides whether a result is a regression against the one before it."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from summary import Statistics, Summary

ALERT = "alert#"


@dataclass(frozen=True)
class Thresholds:
    """How much slower counts.

    Args:
        ratio: the mean cold start must exceed the previous one times this.
        sigmas: the means must differ by more than this many standard errors of their difference.
    """

    ratio: float
    sigmas: float


def standard_error(one: Statistics, other: Statistics) -> float | None:
    """Give Welch's standard error of the difference of two means, ``None`` where a sample is too small for it."""
    if one.sd is None or other.sd is None:
        return None
    return math.sqrt(one.sd**2 / one.n + other.sd**2 / other.n)


def is_regression(previous: Statistics, current: Statistics, thresholds: Thresholds) -> bool:
    error = standard_error(previous, current)
    return (
        error is not None
        and current.mean > thresholds.ratio * previous.mean
        and current.mean - previous.mean > thresholds.sigmas * error
    )


def judge(previous: Summary | None, current: Summary, thresholds: Thresholds) -> dict[str, Any] | None:
    """Give the alert, as an item of the table, that a result deserves against the one before it, if any."""
    if previous is None or previous.cold is None or current.cold is None:
        return None
    if not is_regression(previous.cold, current.cold, thresholds):
        return None
    alert = {
        "series": current.series,
        "item": ALERT + current.position,
        "display": current.display,
        "measured_at": current.measured_at,
        "previous_measured_at": previous.measured_at,
        "cold": attributes(current.cold),
        "previous_cold": attributes(previous.cold),
        "ratio": decimal(current.cold.mean / previous.cold.mean),
        "changed_conditions": changed_conditions(previous.conditions, current.conditions),
        "message": message(previous, current, previous.cold, current.cold),
    }
    return alert | {"id": identity(alert)}


def attributes(cold: Statistics) -> dict[str, Any]:
    sd = None if cold.sd is None else decimal(cold.sd)
    return {"n": cold.n, "mean_ms": decimal(cold.mean), "sd_ms": sd}


def decimal(number: float) -> Decimal:
    """Write a float as the shortest decimal that reads as the same float; DynamoDB takes no binary floats."""
    return Decimal(repr(number))


def message(previous: Summary, current: Summary, before: Statistics, after: Statistics) -> str:
    source, _, rest = current.series.partition("/")
    _, package, memory_mb, architecture = rest.rsplit("/", 3)
    return (
        f"{current.display} ({package}, {memory_mb} MB, {architecture}, {source}): cold start"
        f" {after.mean:.1f} ms on {current.measured_at[:10]}, {after.mean / before.mean:.2f} times the"
        f" {before.mean:.1f} ms on {previous.measured_at[:10]}"
        f" (sd {after.sd:.1f} and {before.sd:.1f} ms, n {after.n} and {before.n})"
    )


def changed_conditions(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """List the conditions that differ: a change of those may be the cause."""
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return [f"{name}: {before.get(name, 'absent')} -> {after.get(name, 'absent')}" for name in names]


def identity(alert: Mapping[str, Any]) -> str:
    """Derive an id from what an alert says, so that an alert is new exactly if it says something new."""
    content = json.dumps(alert, sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:32]
