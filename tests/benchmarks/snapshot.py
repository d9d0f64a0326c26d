"""The figures of snapshots: ``make bench-snapshot``.

Builds the functions of ``handlers`` into an empty cache, starts each of them in every way, interleaved, where the artifact is
/var/task, and prints each figure beside what it is to reach; exits with 1 if one is missed. Takes about five minutes.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.benchmarks.snapshot_bench import BUILDS, Builds, Runs, Stations, steps
from tests.benchmarks.snapshot_cases import BOTO3, HELLO, LARGE, UNREPEATED, Variant, contender, contenders
from tests.benchmarks.snapshot_figures import Figure, figures_table, starts_table
from tests.benchmarks.snapshot_promises import (
    BEST,
    WARM_INVOCATIONS,
    Measured,
    figures,
)
from thaw_cli.bench import results
from thaw_cli.bench.cases import AWSLAMBDARIC

FORMAT = "thaw-bench-snapshot/1"
METHOD = (
    "exec of a fresh process to the end of its first response; emulated Runtime API on loopback; artifact at /var/task; "
    "runs interleaved, order rotating; page cache warm unless said; no memory limit"
)
STARTS, STARTS_FROM_STORAGE, WARM_RUNS, RESTORES = 50, 15, 10, 200


def measure(folder: Path, starts: int) -> Measured:
    """Builds into an empty folder, then runs everything.

    Raises:
        CalledProcessError: a build failed.
        StationError: a runtime reported an error.
        PageCacheError: files cannot be dropped from the page cache of this machine.
    """
    builds = Builds(folder)
    with steps("building", BUILDS) as progress:
        builds.make(progress)
    with Stations.opened(builds) as stations:
        return Measured(
            builds,
            cold=cold(stations, starts),
            warm=warm(stations),
            restored=restored(stations),
            from_storage=from_storage(stations),
        )


def cold(stations: Stations, starts: int) -> Runs:
    """Single starts of everything, by function, page cache warm."""
    compared = [contenders(function) for function in (HELLO, BOTO3, LARGE)]
    runs: Runs = {}
    with steps("starting", starts * sum(map(len, compared))) as progress:
        for each in compared:
            runs |= stations.interleaved(each, starts, progress)
    return runs


def warm(stations: Stations) -> Runs:
    """Environments that serve many invocations, beside those of the portable start."""
    runs: Runs = {}
    with steps(f"{WARM_INVOCATIONS} invocations each", WARM_RUNS * 2 * len(BEST)) as progress:
        for function, ours in BEST.items():
            pair = [contender(function, how) for how in (ours, Variant.PORTABLE)]
            runs |= stations.interleaved(pair, WARM_RUNS, progress, invocations=WARM_INVOCATIONS)
    return runs


def restored(stations: Stations) -> list[dict[str, str]]:
    """What environments of one image drew from every source of values that are not to be repeated."""
    with steps("restoring one image", RESTORES) as progress:
        (runs,) = stations.interleaved(contenders(UNREPEATED), RESTORES, progress).values()
    return [json.loads(run.response) for run in runs]


def from_storage(stations: Stations) -> Runs:
    """Single starts, page cache dropped before each."""
    runs: Runs = {}
    with steps("starting from storage", STARTS_FROM_STORAGE * 2 * len(BEST)) as progress:
        for function, ours in BEST.items():
            pair = [contender(function, how) for how in (ours, AWSLAMBDARIC)]
            runs |= stations.from_storage(pair, STARTS_FROM_STORAGE, progress)
    return runs


def conditions() -> dict[str, Any]:
    """Under what was measured; results under other conditions are not to be compared with these."""
    return {
        **results.conditions(),
        "method": METHOD,
        "python": platform.python_version(),
        "randomize_va_space": int(Path("/proc/sys/kernel/randomize_va_space").read_text()),
    }


def document(measured: Measured, reached: Sequence[Figure], before: dict[str, Any]) -> dict[str, Any]:
    """Everything for machines: conditions, figures, raw samples."""
    return {
        "format": FORMAT,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "conditions": {**before, "load_average_at_the_end": round(os.getloadavg()[0], 2)},
        "figures": [{**asdict(figure), "reached": figure.reached} for figure in reached],
        "runs": {
            kind: {name: [asdict(run) for run in runs] for name, runs in getattr(measured, kind).items()}
            for kind in ("cold", "from_storage", "warm")
        },
    }


def show(out: Console, measured: Measured, reached: Sequence[Figure], before: dict[str, Any]) -> None:
    """Everything for people."""
    out.print(starts_table(measured.cold, "Exec to first response, page cache warm"))
    out.print()
    out.print(starts_table(measured.from_storage, "Exec to first response, page cache dropped"))
    out.print()
    out.print(figures_table(reached))
    out.print()
    ended = {**before, "load_average_at_the_end": round(os.getloadavg()[0], 2)}
    for name, value in ended.items():
        out.print(f"{name}: {value}", markup=False)


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write conditions, figures and raw samples")
    parser.add_argument("--starts", type=int, default=STARTS, help="of each contender; %(default)s")
    options = parser.parse_args()
    before = conditions()
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as folder:
        measured = measure(Path(folder), options.starts)
    reached = figures(measured)
    if options.json:
        options.json.write_text(json.dumps(document(measured, reached, before), indent=1))
    show(Console(highlight=False, width=None if sys.stdout.isatty() else 200), measured, reached, before)
    return 0 if all(figure.reached for figure in reached) else 1


if __name__ == "__main__":
    sys.exit(main())
