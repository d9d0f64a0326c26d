"""What it costs that a handler is asynchronous: starts, round trips, streams.

``python -m tests.benchmarks.asynchronous [RUNS]``; environments are interleaved. The snapshots say what is left of importing
``asyncio``.
"""

import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from constructs_lib.bundling import Artifact, Recipe, Start, build
from constructs_lib.bundling.inside import TASK_ROOT
from tests.benchmarks import runtime_runs
from tests.benchmarks.snapshot_cases import HERE
from thaw_cli.bench.cases import artifact_case
from thaw_cli.bench.measure import Run, rotated
from thaw_cli.bench.station import Station, equip

RUNS, WARM_ENVIRONMENTS, WARM_INVOCATIONS, BEFORE_MEASURING = 50, 10, 1000, 50
HELLO, ASYNCHRONOUS = HERE / "handlers" / "hello", HERE / "handlers" / "asynchronous"
# Handlers by what is measured with them: the folder, the handler, the kind of start, whether initialised at build time.
COLD = {
    "hello, portable": (HELLO, "handler.handle", Start.PORTABLE, False),
    "hello with asyncio imported, portable": (ASYNCHRONOUS, "handler.plain", Start.PORTABLE, False),
    "hello, awaited, portable": (ASYNCHRONOUS, "handler.awaited", Start.PORTABLE, False),
    "hello, snapshot": (HELLO, "handler.handle", Start.SNAPSHOT, False),
    "hello, awaited, snapshot": (ASYNCHRONOUS, "handler.awaited", Start.SNAPSHOT, False),
    "hello, awaited, initialised": (ASYNCHRONOUS, "handler.awaited", Start.SNAPSHOT, True),
}
WARM = {
    "plain": (ASYNCHRONOUS, "handler.plain", Start.PORTABLE, False),
    "awaited": (ASYNCHRONOUS, "handler.awaited", Start.PORTABLE, False),
    "asyncio.run in each invocation": (ASYNCHRONOUS, "handler.run_each", Start.PORTABLE, False),
}
Way = tuple[Path, str, Start, bool]


def built(way: Way) -> Artifact:
    """The artifact that a way of starting needs."""
    source, handler, start, initialised = way
    return build(Recipe(source=source, handler=handler, start=start, initialize_at_build_time=initialised))


def measured(ways: dict[str, Way], environments: int, invocations: int) -> dict[str, list[Run]]:
    """So many environments of each way, taking turns."""
    runs: dict[str, list[Run]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        artifacts = {name: built(way) for name, way in ways.items()}
        equip(Path(folder), next(iter(artifacts.values())).root)
        stations = {
            name: running.enter_context(Station(artifact.root, Path(folder)))
            for name, artifact in artifacts.items()
        }
        for turn in range(environments):
            for name in rotated(list(ways), turn):
                case = artifact_case(name, Path(TASK_ROOT), ways[name][1])
                runs[name].append(stations[name].run(case, invocations=invocations))
    return runs


def lines(runs: int) -> Iterator[str]:
    """What was measured, one figure to a line."""
    for name, cold in measured(COLD, runs, 1).items():
        yield f"{name:<45} {statistics.median(run.cold_ms for run in cold):8.2f} ms exec to first response"
    for name, warm in measured(WARM, WARM_ENVIRONMENTS, 1 + WARM_INVOCATIONS).items():
        middle = statistics.median(statistics.median(run.warm_ms[BEFORE_MEASURING:]) for run in warm)
        yield f"{name:<45} {middle * 1000:8.1f} us warm round trip, p50"
    first, growth = runtime_runs.streaming("asynchronous")
    yield f"{'first yield to first byte':<45} {statistics.median(first):8.3f} ms"
    yield f"{'peak of memory above, for 200 MB':<45} {growth / 1e6:8.2f} MB"


if __name__ == "__main__":
    for line in lines(int(sys.argv[1]) if sys.argv[1:] else RUNS):
        print(line, flush=True)  # noqa: T201 - the result
