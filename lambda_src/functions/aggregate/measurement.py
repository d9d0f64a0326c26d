"""What a result document says, whatever its format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

Condition: TypeAlias = str | int | float


@dataclass(frozen=True)
class Series:
    """What is measured again and again, so that two of its results may be compared.

    The label shown to people is not part of it: a label may be reworded without starting a new series.
    """

    source: str
    runtime: str
    package: str
    memory_mb: int
    architecture: str

    def __str__(self) -> str:
        return f"{self.source}/{self.runtime}/{self.package}/{self.memory_mb}/{self.architecture}"


@dataclass(frozen=True)
class Result:
    """The samples of one series in one document.

    Args:
        display: the label shown to people.
        cold_ms: initialisation times of cold starts in milliseconds, at least one.
        warm_ms: durations of warm invocations in milliseconds; empty when the source keeps no samples.
        memory_used_mb: memory used, averaged by the source.
        reported_init_mean_ms: mean initialisation time as the source computed it.
        reported_duration_mean_ms: mean invocation duration as the source computed it. A mean is not a sample,
            so it never enters ``warm_ms``.
    """

    series: Series
    display: str
    cold_ms: tuple[float, ...]
    warm_ms: tuple[float, ...] = ()
    memory_used_mb: float | None = None
    reported_init_mean_ms: float | None = None
    reported_duration_mean_ms: float | None = None


@dataclass(frozen=True)
class Measurement:
    """One document: results measured at one time under one set of conditions."""

    measured_at: datetime
    results: tuple[Result, ...]
    conditions: Mapping[str, Condition] = field(default_factory=dict)


def timestamp(moment: datetime) -> str:
    """Write a time so that the order of texts is the order of times: UTC, always with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
