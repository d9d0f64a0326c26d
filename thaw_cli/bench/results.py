"""Results as a document (``thaw-bench/1``, what the observatory takes in) and as a table."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from thaw_cli.bench.measure import Samples

FORMAT = "thaw-bench/1"
METHOD = (
    "cold: exec of a fresh process to the end of its first response; warm: event sent to response received; "
    "emulated Runtime API on loopback; starts interleaved; page cache warm; no memory limit enforced"
)


@dataclass(frozen=True)
class Result:
    """The samples of one case and what identifies them from run to run.

    Attributes:
        runtime: a stable name, part of the series.
        display: the name for people.
        memory_mb: the function's configured memory size.
        samples: in milliseconds.
    """

    runtime: str
    display: str
    memory_mb: int
    samples: Samples


def document(results: Sequence[Result]) -> dict[str, Any]:
    """The document of a run that has just ended."""
    return {
        "format": FORMAT,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "conditions": conditions(),
        "results": [
            {
                "runtime": result.runtime,
                "display": result.display,
                "package": "zip",
                "memory_mb": result.memory_mb,
                "architecture": _architecture(),
                "cold_ms": [round(sample, 6) for sample in result.samples.cold_ms],
                "warm_ms": [round(sample, 6) for sample in result.samples.warm_ms],
                "memory_used_mb": None,
            }
            for result in results
        ],
    }


def conditions() -> dict[str, str | int | float]:
    """Under what the measurement was made; results under other conditions are not to be mixed with it."""
    return {
        "method": METHOD,
        "processor": _processor(),
        "processors": os.cpu_count() or 0,
        "kernel": platform.release(),
        "load_average": round(os.getloadavg()[0], 2),
    }


def table(results: Sequence[Result], title: str) -> Table:
    """Cold and warm rows per runtime: N, mean, standard deviation, median and 99th percentile in milliseconds."""
    made = Table(title=Text(title), title_justify="left", show_edge=False)
    for column in ("Memory (MB)", "Runtime"):
        made.add_column(column, no_wrap=True)
    for column in ("N", "Average (ms)", "Standard deviation", "p50", "p99"):
        made.add_column(column, justify="right", no_wrap=True)
    for result in results:
        for phase in ("cold", "warm"):
            made.add_row(*row(result, phase))
    return made


def row(result: Result, phase: str) -> list[str]:
    """One line of the table as text."""
    samples: list[float] = getattr(result.samples, f"{phase}_ms")
    figures = (
        statistics.fmean(samples),
        statistics.stdev(samples),
        statistics.median(samples),
        percentile(samples, 99),
    )
    return [
        str(result.memory_mb),
        f"{result.display} ({phase})",
        str(len(samples)),
        *(f"{figure:.3f}" for figure in figures),
    ]


def percentile(samples: Sequence[float], percent: int) -> float:
    """Interpolated between ranks (Hyndman and Fan's type 7), as the observatory computes it."""
    return statistics.quantiles(samples, n=100, method="inclusive")[percent - 1]


def ratio(one: Samples, other: Samples) -> float:
    """How the median cold start of one case compares with another's."""
    return statistics.median(one.cold_ms) / statistics.median(other.cold_ms)


def _architecture() -> str:
    return {"aarch64": "arm64"}.get(platform.machine(), platform.machine())


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
