"""Makes the images and the runs that the figures of containers are computed from."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from constructs_lib.bundling import cache, oci
from tests.benchmarks.snapshot_cases import (
    BOTO3,
    HANDLER,
    HELLO,
    IMAGE,
    REGION,
    SNAPSHOTS,
    Function,
    Variant,
    compile_floor,
)
from thaw_cli.bench.cases import artifact_case, image_case
from thaw_cli.bench.measure import Case, Run, rotated
from thaw_cli.bench.station import MOUNT_POINT, ImageStation, Station, StationError, equip
from thaw_cli.local.additions.images import Tree
from thaw_cli.local.image_emulator import ImageEmulator, tree_of

Progress = Callable[[], None]
Subject = tuple[Function, Variant]
SUBJECTS: Sequence[Subject] = [(each, variant) for each in (HELLO, BOTO3) for variant in each.variants]
OUTSIDE, INSIDE = "outside of an image", "in the image"
FLOOR = "static C loop"
# Among the image's files, so that what measures is seen in there.
EQUIPMENT = Path("/measuring")
_DURATION = re.compile(r"\tDuration: ([0-9.]+) ms")


def image_of(subject: Subject, *, emulator: bool = True) -> oci.Image:
    """The image of a function in one of its variants."""
    function, variant = subject
    return oci.build_image(oci.ImageRecipe(function=function.recipe(variant), emulator=emulator))


def name_of(subject: Subject) -> str:
    """What people read."""
    return f"{subject[0].title}, {subject[1]}"


@dataclass(frozen=True)
class Stations:
    """By subject and place, a process that starts it there, from the very same files."""

    of: Mapping[tuple[Subject, str], Station]

    @classmethod
    @contextmanager
    def opened(cls, images: Mapping[Subject, oci.Image], folder: Path) -> Iterator["Stations"]:
        """Copies the images' files into an empty folder, each with what measuring needs, and enters them both ways."""
        portable = images[HELLO, Variant.PORTABLE].root / MOUNT_POINT.relative_to("/")
        with ExitStack() as stack:
            stations: dict[tuple[Subject, str], Station] = {}
            for number, (subject, image) in enumerate(images.items()):
                root = folder / str(number)
                cache.link_tree(image.root, root)
                scratch = root / EQUIPMENT.relative_to("/")
                scratch.mkdir()
                equip(scratch, portable)
                task_root = root / MOUNT_POINT.relative_to("/")
                stations[subject, OUTSIDE] = stack.enter_context(Station(task_root, scratch))
                stations[subject, INSIDE] = stack.enter_context(ImageStation(root, EQUIPMENT))
            yield cls(stations)

    def starts(self, count: int, progress: Progress) -> dict[tuple[Subject, str], list[Run]]:
        """So many single starts of each, taking turns in an order that rotates.

        Raises:
            StationError: a runtime reported an error, or fell back on another start than its own.
        """
        runs: dict[tuple[Subject, str], list[Run]] = {each: [] for each in self.of}
        for subject in dict.fromkeys(subject for subject, _ in self.of):
            for turn in range(count):
                for place in rotated([OUTSIDE, INSIDE], turn):
                    runs[subject, place].append(self._run(subject, place))
                    progress()
        return runs

    def _run(self, subject: Subject, place: str) -> Run:
        run = self.of[subject, place].run(_case(subject, place))
        if subject[1] in SNAPSHOTS and run.executable != IMAGE:
            raise StationError(f"{name_of(subject)} fell back on {run.executable}; stderr has the reason")
        return run


def _case(subject: Subject, place: str) -> Case:
    name = f"{name_of(subject)}, {place}"
    return artifact_case(name, MOUNT_POINT, HANDLER) if place == OUTSIDE else image_case(name, HANDLER)


def emulated(
    images: Mapping[Subject, oci.Image], folder: Path, count: int, progress: Progress
) -> dict[str, list[float]]:
    """Durations of first invocations, in milliseconds, as the emulator in the image reports them; taking turns.

    The static C loop in place of the artifact shows what of that is the emulator's own.
    """
    trees = {name_of(subject): tree_of(image) for subject, image in images.items()}
    trees[FLOOR] = _with_floor(tree_of(images[HELLO, Variant.PORTABLE]), folder)
    durations: dict[str, list[float]] = {name: [] for name in trees}
    for turn in range(count):
        for name in rotated(list(trees), turn):
            durations[name].append(_reported(trees[name]))
            progress()
    return durations


def _with_floor(tree: Tree, folder: Path) -> Tree:
    root = folder / "floor"
    shutil.copytree(tree.root, root, symlinks=True)
    bootstrap = root / (MOUNT_POINT / "bootstrap").relative_to("/")
    bootstrap.unlink()
    compile_floor(bootstrap)
    return replace(tree, root=root)


def _reported(tree: Tree) -> float:
    with (
        tempfile.TemporaryDirectory() as folder,
        ImageEmulator(tree, folder=Path(folder), variables=REGION, timeout=30) as emulator,
    ):
        answer = emulator.invoke(b"{}")
    found = _DURATION.search(answer.log)
    if found is None or answer.failed:
        raise StationError(f"the emulator answered {answer.payload!r}; its log: {answer.log}")
    return float(found[1])


@dataclass(frozen=True)
class Rebuild:
    """A build after a change of the handler, as a process of its own: ``thaw image build``.

    Attributes:
        seconds: from its start to its end, the archive written.
        new: the layers that had to be made.
    """

    seconds: float
    new: tuple[str, ...]


def rebuilds(folder: Path, count: int, progress: Progress) -> dict[Subject, list[Rebuild]]:
    """So many of each, taking turns, after one that is not counted.

    Raises:
        CalledProcessError: a build failed; what it said is on stderr.
    """
    made: dict[Subject, list[Rebuild]] = {subject: [] for subject in SUBJECTS}
    for number, (function, _) in enumerate(SUBJECTS):
        shutil.copytree(Path(str(function.recipe(Variant.PORTABLE).source)), folder / str(number))
    for turn in range(count + 1):
        for number, subject in enumerate(SUBJECTS):
            with (folder / str(number) / "handler.py").open("a") as handler:
                handler.write(f"CHANGE = {time.time_ns()}\n")
            made[subject].append(_rebuild(folder / str(number), subject[1]))
            if turn == 0:
                made[subject].clear()
            progress()
    return made


def _rebuild(source: Path, variant: Variant) -> Rebuild:
    region = [f"--build-environment={name}={value}" for name, value in REGION.items()]
    options = {
        Variant.PORTABLE: ["--start=portable"],
        Variant.SNAPSHOT: ["--start=snapshot"],
        Variant.INITIALISED: ["--start=snapshot", "--initialize-at-build-time"],
    }[variant]
    build = [sys.executable, "-m", "thaw_cli", "image", "build", str(source), "--handler", HANDLER, *options]
    command = [*build, *region, "--out", str(source.with_suffix(".tar")), "--json"]
    started = time.monotonic()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=os.environ)
    seconds = time.monotonic() - started
    layers = json.loads(done.stdout)["layers"]
    return Rebuild(seconds, tuple(layer["name"] for layer in layers if not layer["reused"]))
