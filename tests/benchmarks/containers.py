"""The figures of container images: ``make bench-containers``.

Builds images of ``handlers`` and of the reference service's report, with the user's build cache; starts each of them in its own
files and outside of them, interleaved, and under the emulator that lies in it; prints each figure beside what it is to reach, and exits
with 1 if one is missed. Takes about five minutes.
"""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from constructs_lib.bundling import oci
from tests.benchmarks import command, report
from tests.benchmarks.containers_bench import (
    FLOOR,
    INSIDE,
    OUTSIDE,
    SUBJECTS,
    Rebuild,
    Stations,
    Subject,
    emulated,
    image_of,
    name_of,
    rebuilds,
)
from tests.benchmarks.snapshot_bench import steps
from tests.benchmarks.snapshot_cases import BOTO3, HELLO, Variant
from tests.benchmarks.snapshot_figures import MEGABYTE, Figure, median, ratio, starts_table
from thaw_cli.bench.measure import Run

FORMAT = "thaw-bench-containers/1"
METHOD = (
    "starts: exec of a fresh process to the end of its first response, emulated Runtime API on loopback, the same files at "
    "/var/task alone and in the whole image; emulator: the Duration that it reports of a first invocation; runs interleaved, order "
    "rotating; page cache warm; no memory limit"
)
STARTS, EMULATED, REBUILDS = 50, 50, 7
MOST_BYTES = {HELLO: 12e6, BOTO3: 30e6}
MOST_BUILD_SECONDS, MOST_TIMES_OUTSIDE, MOST_EMULATED_MS = 3.0, 1.10, 20.0


@dataclass(frozen=True)
class Measured:
    """Everything raw.

    Attributes:
        images: by subject and whether the emulator lies in it.
        rebuilds: by subject.
        starts: by subject and place.
        emulated: milliseconds by what was emulated.
        report: the page's starts and its round trips, by variant; None where they were not asked for.
    """

    images: Mapping[tuple[Subject, bool], oci.Image]
    rebuilds: Mapping[Subject, Sequence[Rebuild]]
    starts: Mapping[tuple[Subject, str], Sequence[Run]]
    emulated: Mapping[str, Sequence[float]]
    report: report.Measured | None


def measure(folder: Path, starts: int, *, with_report: bool) -> Measured:
    """Builds and runs everything.

    Args:
        folder: an empty one.
        starts: of each contender.
        with_report: whether the report's page is measured too, which takes the local cloud.

    Raises:
        BundlingError: an image cannot be built.
        StationError: a runtime reported an error.
    """
    parts = {name: folder / name for name in ("starts", "emulated", "rebuilds", "report")}
    for part in parts.values():
        part.mkdir()
    with steps("building", 2 * len(SUBJECTS)) as progress:
        images = {}
        for subject in SUBJECTS:
            for emulator in (True, False):
                images[subject, emulator] = image_of(subject, emulator=emulator)
                progress()
    whole = {subject: images[subject, True] for subject in SUBJECTS}
    with (
        Stations.opened(whole, parts["starts"]) as stations,
        steps("starting", 2 * starts * len(SUBJECTS)) as progress,
    ):
        started = stations.starts(starts, progress)
    with steps("starting under the emulator", EMULATED * (len(SUBJECTS) + 1)) as progress:
        reported = emulated(whole, parts["emulated"], EMULATED, progress)
    with steps("building after a change", (REBUILDS + 1) * len(SUBJECTS)) as progress:
        rebuilt = rebuilds(parts["rebuilds"], REBUILDS, progress)
    shown = report.measure(parts["report"]) if with_report else None
    return Measured(images, rebuilt, started, reported, shown)


def figures(measured: Measured) -> list[Figure]:
    """What was reached, beside what was promised."""
    found = [
        Figure(
            f"image, compressed: {name_of(subject)}{'' if emulator else ', without emulator'}",
            image.compressed_bytes / MEGABYTE,
            MOST_BYTES[subject[0]] / MEGABYTE,
            "MB",
            note=f"{image.uncompressed_bytes / MEGABYTE:.1f} MB of files",
        )
        for (subject, emulator), image in measured.images.items()
    ]
    for subject in SUBJECTS:
        made = measured.rebuilds[subject]
        new = " or ".join(sorted({", ".join(each.new) for each in made}))
        seconds = [each.seconds for each in made]
        name = f"build after a change: {name_of(subject)}"
        found.append(median(name, seconds, MOST_BUILD_SECONDS, "s", f"new layers: {new}"))
    for subject in SUBJECTS:
        inside, outside = (
            [run.cold_ms for run in measured.starts[subject, place]] for place in (INSIDE, OUTSIDE)
        )
        name = f"start in the image against outside: {name_of(subject)}"
        found.append(ratio(name, inside, outside, MOST_TIMES_OUTSIDE, unit="times"))
    promised = {name_of((HELLO, variant)) for variant in HELLO.variants}
    found.extend(
        median(
            f"Duration of a cold start by the emulator: {name}",
            durations,
            MOST_EMULATED_MS if name in promised else None,
            "ms",
            "the emulator's own share" if name == FLOOR else "",
        )
        for name, durations in measured.emulated.items()
    )
    return found + (report.figures(measured.report) if measured.report else [])


def layers_table(measured: Measured) -> Table:
    """What two of the images consist of, in MB of a million bytes."""
    table = Table(show_edge=False, title="Layers, MB compressed / of files", title_justify="left")
    shown = [(HELLO, Variant.SNAPSHOT), (BOTO3, Variant.INITIALISED)]
    table.add_column("layer")
    columns = []
    for subject in shown:
        table.add_column(name_of(subject), justify="right")
        columns.append({layer.name: layer for layer in measured.images[subject, True].layers})
    for name in columns[-1]:
        cells = [
            f"{column[name].bytes / MEGABYTE:.3f} / {column[name].uncompressed_bytes / MEGABYTE:.3f}"
            if name in column
            else ""
            for column in columns
        ]
        table.add_row(name, *cells)
    return table


def samples(measured: Measured) -> dict[str, Any]:
    """Everything raw, for machines."""
    return {
        "layers": {
            f"{name_of(subject)}, {'with' if emulator else 'without'} emulator": [
                asdict(layer) for layer in image.layers
            ]
            for (subject, emulator), image in measured.images.items()
        },
        "rebuilds": {
            name_of(subject): [asdict(each) for each in made] for subject, made in measured.rebuilds.items()
        },
        "starts": {
            f"{name_of(subject)}, {place}": [asdict(run) for run in runs]
            for (subject, place), runs in measured.starts.items()
        },
        "emulated_ms": dict(measured.emulated),
        "report_ms": measured.report
        and {
            "cold": {name: [run.cold_ms for run in runs] for name, runs in measured.report.page.items()},
            "warm": measured.report.warm,
        },
    }


def main() -> int:
    """Measures and prints."""
    parser = command.parser(__doc__, STARTS)
    parser.add_argument("--no-report", action="store_true", help="leave the report's page out")
    options = parser.parse_args()
    before = command.conditions(METHOD)
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as folder:
        measured = measure(Path(folder), options.starts, with_report=not options.no_report)
    reached = figures(measured)
    return command.conclude(
        command.document(FORMAT, reached, before, **samples(measured)),
        reached,
        layers_table(measured),
        starts_table(
            {f"{name_of(subject)}, {place}": runs for (subject, place), runs in measured.starts.items()},
            "Exec to first response",
        ),
        file=options.json,
    )


if __name__ == "__main__":
    sys.exit(main())
