"""The figures that were promised, computed from what was measured."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.snapshot_bench import Builds, Runs
from tests.benchmarks.snapshot_cases import BOTO3, FLOOR, HELLO, LARGE, Function, Variant, name_of
from tests.benchmarks.snapshot_figures import MEGABYTE, Figure, median, ratio, repeats
from thaw_cli.bench.cases import AWSLAMBDARIC
from thaw_cli.bench.measure import WARM_INVOCATIONS_BEFORE_MEASURING, Run
from thaw_cli.bench.results import percentile

WARM_INVOCATIONS = 1000
# What is started from storage and kept warm, of the functions of which that is promised.
BEST = {HELLO: Variant.SNAPSHOT, BOTO3: Variant.INITIALISED}
# "No worse than" allows for what two series of the very same thing differ by.
NOISE = 1.05
ZIPPED_MB = {HELLO: 12, BOTO3: 25}
BUILD_SECONDS = {HELLO: 4, BOTO3: 10}
BUILD_MB = 400


@dataclass(frozen=True)
class Measured:
    """Everything that was built and run.

    Attributes:
        builds: with what they took.
        cold: single starts, page cache warm.
        warm: environments that served ``WARM_INVOCATIONS``.
        restored: the answers of single starts of one image.
        from_storage: single starts, page cache dropped.
    """

    builds: Builds
    cold: Runs
    warm: Runs
    restored: list[dict[str, str]]
    from_storage: Runs


def figures(measured: Measured) -> list[Figure]:
    """Every figure that was promised."""
    cold, stored = measured.cold, measured.from_storage
    return [
        share(cold, HELLO, Variant.SNAPSHOT, 1 / 16),
        against_floor(cold, 2.5),
        share(cold, BOTO3, Variant.INITIALISED, 1 / 50),
        resident(cold, BOTO3, Variant.INITIALISED, 26),
        share(cold, BOTO3, Variant.SNAPSHOT, 1 / 5, note="default level: handler imported at start"),
        share(cold, LARGE, Variant.INITIALISED, 1 / 80),
        share(stored, HELLO, Variant.SNAPSHOT, 1 / 6, note="page cache dropped"),
        share(stored, BOTO3, Variant.INITIALISED, 1 / 10, note="page cache dropped"),
        *(figure for function in BEST for figure in no_worse(measured.warm, function)),
        *sizes(measured.builds),
        *builds(measured.builds),
        repeats(measured.restored),
    ]


def share(runs: Runs, function: Function, how: str, limit: float, *, note: str = "") -> Figure:
    """Exec to first response, as a share of awslambdaric's."""
    ours, theirs = (cold_ms(runs[name_of(function, each)]) for each in (how, AWSLAMBDARIC))
    return ratio(f"{name_of(function, how)}: share of awslambdaric's start", ours, theirs, limit, note=note)


def against_floor(runs: Runs, limit: float) -> Figure:
    """Exec to first response, against a native executable that does nothing else."""
    ours, floor = (cold_ms(runs[name_of(HELLO, how)]) for how in (Variant.SNAPSHOT, FLOOR))
    return ratio("hello world, snapshot: against the static C loop", ours, floor, limit, unit="times")


def resident(runs: Runs, function: Function, how: str, limit: float) -> Figure:
    """Memory after the first response."""
    values = [run.resident_bytes / MEGABYTE for run in runs[name_of(function, how)]]
    return median(f"{name_of(function, how)}: RSS after the first response", values, limit, "MB")


def no_worse(runs: Runs, function: Function) -> list[Figure]:
    """The warm path and its memory, against the portable start's; percentiles are taken within each environment."""
    ours, theirs = (runs[name_of(function, how)] for how in (BEST[function], Variant.PORTABLE))
    name = f"{name_of(function, BEST[function])}, against portable"
    return [
        ratio(
            f"{name}: {what}",
            [take(run) for run in ours],
            [take(run) for run in theirs],
            NOISE,
            unit="times",
        )
        for what, take in (
            ("warm round trip, p50", lambda run: statistics.median(warm_ms(run))),
            ("warm round trip, p99", lambda run: percentile(warm_ms(run), 99)),
            (f"RSS after {WARM_INVOCATIONS} invocations", lambda run: run.resident_bytes),
        )
    ]


def sizes(builds: Builds) -> list[Figure]:
    """Whole artifacts, zipped, portable fallback included."""
    return [
        Figure(
            f"{name_of(function, variant)}: zip",
            builds.of[function, variant].zip_bytes / MEGABYTE,
            ZIPPED_MB[function],
            "MB",
        )
        for function, variant in BEST.items()
    ]


def builds(made: Builds) -> list[Figure]:
    """Time and memory of builds; single readings."""
    return [
        figure
        for (function, present), build in made.timed.items()
        for name in (f"build of {name_of(function, BEST[function])}, cache holds {present}",)
        for figure in (
            Figure(f"{name}: time", build.seconds, BUILD_SECONDS[function], "s"),
            Figure(f"{name}: memory", build.peak_bytes / MEGABYTE, BUILD_MB, "MB"),
        )
    ]


def cold_ms(runs: Sequence[Run]) -> list[float]:
    """Exec to first response of each run."""
    return [run.cold_ms for run in runs]


def warm_ms(run: Run) -> list[float]:
    """The round trips that count."""
    return run.warm_ms[WARM_INVOCATIONS_BEFORE_MEASURING:]
