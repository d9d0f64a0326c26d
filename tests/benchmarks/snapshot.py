"""The figures of snapshots: ``make bench-snapshot``.

Builds the functions of ``handlers`` into an empty cache, starts each of them in every way, interleaved, where the artifact is
/var/task, and prints each figure beside what it is to reach; exits with 1 if one is missed. Takes about five minutes.
"""

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.benchmarks import command
from tests.benchmarks.snapshot_bench import BUILDS, Builds, Runs, Stations, steps
from tests.benchmarks.snapshot_cases import BOTO3, HELLO, LARGE, UNREPEATED, Variant, contender, contenders
from tests.benchmarks.snapshot_figures import starts_table
from tests.benchmarks.snapshot_promises import (
    BEST,
    WARM_INVOCATIONS,
    Measured,
    figures,
)
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
    """Under what is measured, and whether the kernel places processes at random."""
    placing = Path("/proc/sys/kernel/randomize_va_space").read_text()
    return {**command.conditions(METHOD), "randomize_va_space": int(placing)}


def samples(measured: Measured) -> dict[str, Any]:
    """Everything raw, for machines."""
    return {
        kind: {name: [asdict(run) for run in runs] for name, runs in getattr(measured, kind).items()}
        for kind in ("cold", "from_storage", "warm")
    }


def main() -> int:
    """Measures and prints."""
    options = command.parser(__doc__, STARTS).parse_args()
    before = conditions()
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as folder:
        measured = measure(Path(folder), options.starts)
    reached = figures(measured)
    return command.conclude(
        command.document(FORMAT, reached, before, runs=samples(measured)),
        reached,
        starts_table(measured.cold, "Exec to first response, page cache warm"),
        starts_table(measured.from_storage, "Exec to first response, page cache dropped"),
        file=options.json,
    )


if __name__ == "__main__":
    sys.exit(main())
