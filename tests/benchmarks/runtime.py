"""The figures of the runtime: ``make bench-runtime``.

Ours and awslambdaric serve the same handlers on the same interpreter, interleaved, beside a static C loop that does what the wire
asks for and nothing else. Prints each figure beside what it is to reach; exits with 1 if one is missed. Takes about two minutes.
"""

import statistics
import sys
from collections.abc import Callable
from dataclasses import asdict

from rich.text import Text

from tests.benchmarks import command, runtime_runs
from tests.benchmarks.runtime_runs import LARGE_EVENT, MIB, STREAMED_BYTES, WARM_INVOCATIONS, Measured
from tests.benchmarks.snapshot import conditions
from tests.benchmarks.snapshot_bench import Runs, steps
from tests.benchmarks.snapshot_cases import FLOOR, HELLO, Variant, contenders, name_of
from tests.benchmarks.snapshot_figures import (
    MEGABYTE,
    Figure,
    median,
    ratio,
    starts_table,
)
from tests.benchmarks.snapshot_promises import warm_ms
from thaw_cli.bench.cases import AWSLAMBDARIC
from thaw_cli.bench.measure import Run
from thaw_cli.bench.results import percentile

FORMAT = "thaw-bench-runtime/1"
STARTS, WARM_ENVIRONMENTS, LARGE_ENVIRONMENTS = 50, 20, 10


def measure(starts: int) -> Measured:
    """Runs everything.

    Raises:
        StationError: a runtime reported an error.
        UnexpectedRequestError: the same.
    """
    total = (starts + WARM_ENVIRONMENTS) * len(contenders(HELLO)) + 2 * LARGE_ENVIRONMENTS + 1
    with steps("measuring", total) as progress:
        cold, warm = runtime_runs.hello(starts, WARM_ENVIRONMENTS, progress)
        large = runtime_runs.large(LARGE_ENVIRONMENTS, progress)
        first_byte, growth = runtime_runs.streaming()
        progress()
    return Measured(cold, warm, large, first_byte, growth)


def figures(measured: Measured) -> list[Figure]:
    """Every figure that was promised; those of the snapshot beside, of which nothing was."""
    cold, warm = measured.cold, measured.warm
    ours, theirs = measured.large_ms.values()
    return [
        compared(cold, "exec to first response", start, (Variant.PORTABLE, AWSLAMBDARIC), 0.42),
        compared(cold, "exec to first response", start, (Variant.SNAPSHOT, AWSLAMBDARIC), None),
        compared(warm, "warm round trip, p50", p50, (Variant.PORTABLE, AWSLAMBDARIC), 0.60),
        compared(warm, "warm round trip, p50", p50, (Variant.PORTABLE, FLOOR), 1.25),
        compared(warm, "warm round trip, p50", p50, (Variant.SNAPSHOT, FLOOR), None),
        compared(warm, "warm round trip, p99", p99, (Variant.PORTABLE, AWSLAMBDARIC), 0.7),
        ratio(
            f"{len(LARGE_EVENT) / MIB:.1f} MB of JSON in and out, p50: portable / {AWSLAMBDARIC}",
            ours,
            theirs,
            1.0,
            unit="times",
        ),
        compared(
            warm, f"RSS after {WARM_INVOCATIONS} invocations", resident, (Variant.PORTABLE, AWSLAMBDARIC), 0.8
        ),
        median("streaming: first yield to first byte", measured.first_byte_ms, 1.0, "ms"),
        Figure(
            f"streaming: peak of memory above what it was, for {STREAMED_BYTES // MIB} MB",
            measured.streamed_growth_bytes / MEGABYTE,
            1.0,
            "MB",
        ),
    ]


def compared(
    runs: Runs, what: str, take: Callable[[Run], float], pair: tuple[str, str], limit: float | None
) -> Figure:
    """One reading of every environment, the first of a pair as a multiple of the other."""
    one, other = ([take(run) for run in runs[name_of(HELLO, how)]] for how in pair)
    return ratio(f"{what}: {' / '.join(pair)}", one, other, limit, unit="times")


def start(run: Run) -> float:
    """Milliseconds from exec to the end of the first response."""
    return run.cold_ms


def p50(run: Run) -> float:
    """The median of an environment's warm round trips, in milliseconds."""
    return statistics.median(warm_ms(run))


def p99(run: Run) -> float:
    """Their 99th percentile."""
    return percentile(warm_ms(run), 99)


def resident(run: Run) -> float:
    """Bytes in use at the last response."""
    return run.resident_bytes


def warm_lines(warm: Runs) -> list[str]:
    """Medians over environments of what was read within each, in microseconds."""
    return [
        f"{name}: warm p50 {statistics.median(map(p50, runs)) * 1000:.1f} us, "
        f"p99 {statistics.median(map(p99, runs)) * 1000:.1f} us, "
        f"RSS {statistics.median(map(resident, runs)) / MEGABYTE:.1f} MB"
        for name, runs in warm.items()
    ]


def main() -> int:
    """Measures and prints."""
    options = command.parser(__doc__, STARTS).parse_args()
    before = conditions()
    measured = measure(options.starts)
    reached = figures(measured)
    written = command.document(FORMAT, reached, before, runs=asdict(measured))
    starts = starts_table(measured.cold, "Exec to first response")
    warm = Text("\n".join(warm_lines(measured.warm)))
    return command.conclude(written, reached, starts, warm, file=options.json)


if __name__ == "__main__":
    sys.exit(main())
