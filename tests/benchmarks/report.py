"""The figures of the report page: from cold and warm, with 100,000 samples in PostgreSQL.

Starts the function ``report`` as it is built for Lambda, where its artifact is /var/task, against PostgreSQL and Secrets Manager on
this machine; times from exec to the last byte of the streamed page. Exits with 1 if a figure is missed. Takes about two minutes.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from rich.console import Console

from constructs_lib.bundling import Recipe, Start, build
from tests.benchmarks import report_attendant, report_samples
from tests.benchmarks.snapshot_figures import Figure, figures_table, median, starts_table
from thaw_cli import console
from thaw_cli.bench import results
from thaw_cli.bench.measure import Case, Run, rotated
from thaw_cli.bench.station import MOUNT_POINT, Station, StationError, equip
from thaw_cli.local.aws import DATABASE_SECRET
from thaw_cli.local.cloud import Cloud

FORMAT = "thaw-bench-report/1"
SOURCE = Path(__file__).parents[2] / "lambda_src" / "functions" / "report"
METHOD = (
    f"exec to the last byte of the page of {report_samples.SERIES} series; {report_samples.SAMPLES:,} samples in PostgreSQL on loopback; "
    "emulated Runtime API; artifact at /var/task; starts interleaved, order rotating; page cache warm; no memory limit"
)
STARTS, WARM_INVOCATIONS, WARMING_UP = 20, 220, 20
COLD_MS, WARM_MS = 300, 30
SNAPSHOT, INITIALISED, PORTABLE = "snapshot", "snapshot, initialised", "portable"
IMAGE = str(MOUNT_POINT / "bootstrap")

Runs: TypeAlias = dict[str, list[Run]]


def measure(folder: Path, starts: int = STARTS) -> tuple[Runs, dict[str, list[float]]]:
    """Builds, fills a database, and runs every variant.

    Args:
        folder: an empty one.
        starts: of each variant.

    Returns:
        Single starts, and the round trips of warm environments in milliseconds, both by variant.

    Raises:
        BundlingError: the function cannot be built.
        StationError: the function failed, or did not start as it was built.
    """
    with Cloud(folder / "cloud") as cloud:
        report_samples.fill(cloud.postgres.connection)
        variables = {**cloud.aws.variables(), "DATABASE_SECRET": DATABASE_SECRET}
        roots = {name: build(recipe).root for name, recipe in recipes(variables).items()}
        scratch = scratch_of(folder / "scratch", roots[PORTABLE])
        with opened(roots, scratch) as stations:
            return cold(stations, variables, starts), warm(stations, variables)


def recipes(variables: Mapping[str, str]) -> dict[str, Recipe]:
    """What to build; keys are known at deployment only, as on Lambda."""
    known = {**variables, "AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    made: dict[str, Any] = {"source": SOURCE, "handler": "handler.handle", "environment": known}
    return {
        SNAPSHOT: Recipe(**made, start=Start.SNAPSHOT),
        INITIALISED: Recipe(**made, start=Start.SNAPSHOT, initialize_at_build_time=True),
        PORTABLE: Recipe(**made, start=Start.PORTABLE),
    }


def scratch_of(folder: Path, root: Path) -> Path:
    """What measuring needs inside a task root, with an attendant that reads streamed responses."""
    folder.mkdir()
    equip(folder, root)
    shutil.copy(report_attendant.__file__, folder / "measuring" / "thaw_cli" / "bench" / "attendant.py")
    return folder


@contextmanager
def opened(roots: Mapping[str, Path], scratch: Path) -> Iterator[dict[str, Station]]:
    """A measuring process in each task root."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(Station(root, scratch)) for name, root in roots.items()}


def cold(stations: Mapping[str, Station], variables: Mapping[str, str], starts: int) -> Runs:
    """Single starts, taking turns."""
    runs: Runs = {name: [] for name in stations}
    with console.progress("starting") as progress:
        for turn in range(starts):
            for name in rotated(list(stations), turn):
                runs[name].append(served(name, stations[name], variables))
            progress(turn + 1, starts)
    return runs


def warm(stations: Mapping[str, Station], variables: Mapping[str, str]) -> dict[str, list[float]]:
    """Round trips of one environment each, without those that warm it up."""
    return {
        name: served(name, station, variables, WARM_INVOCATIONS).warm_ms[WARMING_UP:]
        for name, station in stations.items()
    }


def served(name: str, station: Station, variables: Mapping[str, str], invocations: int = 1) -> Run:
    """One environment that shows the page so often.

    Raises:
        StationError: it shows something else, or fell back on the portable start.
    """
    given = {
        **variables,
        "LAMBDA_TASK_ROOT": str(MOUNT_POINT),
        "_HANDLER": "handler.handle",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
    }
    run = station.run(Case(name, [IMAGE], given, MOUNT_POINT), invocations=invocations)
    if f"{report_samples.SERIES} series" not in run.response:
        raise StationError(f"{name} shows something else: {run.response[:300]}")
    if name != PORTABLE and run.executable != IMAGE:
        raise StationError(f"{name} fell back on {run.executable}; stderr has the reason")
    return run


def figures(cold: Runs, warm: Mapping[str, list[float]]) -> list[Figure]:
    """What was reached, beside what is promised of snapshots."""
    promised = {SNAPSHOT: (COLD_MS, WARM_MS), INITIALISED: (COLD_MS, WARM_MS), PORTABLE: (None, None)}
    return [
        figure
        for name, (most_cold, most_warm) in promised.items()
        for figure in (
            median(f"page from cold, {name}", [run.cold_ms for run in cold[name]], most_cold, "ms"),
            median(f"page from warm, {name}", warm[name], most_warm, "ms"),
        )
    ]


def document(
    cold: Runs, warm: Mapping[str, list[float]], reached: Sequence[Figure], before: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything for machines: conditions, figures, raw samples."""
    return {
        "format": FORMAT,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "conditions": {**before, "method": METHOD},
        "figures": [{**asdict(figure), "reached": figure.reached} for figure in reached],
        "cold_ms": {name: [run.cold_ms for run in runs] for name, runs in cold.items()},
        "warm_ms": dict(warm),
    }


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write conditions, figures and raw samples")
    parser.add_argument("--starts", type=int, default=STARTS, help="of each variant; %(default)s")
    options = parser.parse_args()
    before = results.conditions()
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as folder:
        cold, warm = measure(Path(folder), options.starts)
    reached = figures(cold, warm)
    if options.json:
        options.json.write_text(json.dumps(document(cold, warm, reached, before), indent=1))
    out = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    out.print(starts_table(cold, "Exec to the last byte of the page"))
    out.print()
    out.print(figures_table(reached))
    return 0 if all(figure.reached for figure in reached) else 1


if __name__ == "__main__":
    sys.exit(main())
