"""Makes the runs that the figures of snapshots are computed from."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.benchmarks.snapshot_build import Built, built
from tests.benchmarks.snapshot_cases import (
    BOTO3,
    FUNCTIONS,
    HELLO,
    IMAGE,
    SNAPSHOTS,
    Contender,
    Function,
    Variant,
    compile_floor,
)
from thaw_cli import console
from thaw_cli.bench import page_cache
from thaw_cli.bench.measure import Run, rotated
from thaw_cli.bench.station import AWSLAMBDARIC_FOLDER, Station, StationError, equip

# A start from storage is one only if hardly anything is still in memory.
MOST_STILL_CACHED = 0.001

Runs = dict[str, list[Run]]
Progress = Callable[[], None]
BUILDS = 4 + sum(len(function.variants) for function in FUNCTIONS)


@dataclass
class Builds:
    """Every build by function and variant, and those that were made to be timed.

    Attributes:
        folder: an empty one, for caches.
        timed: by function and what the cache held already.
    """

    folder: Path
    of: dict[tuple[Function, Variant], Built] = field(default_factory=dict)
    timed: dict[tuple[Function, str], Built] = field(default_factory=dict)

    def make(self, progress: Progress) -> None:
        """Builds everything; two functions are timed, once with an empty cache and once with the interpreter there."""
        cache, other = self.folder / "cache", self.folder / "other-cache"
        for function, variant, where, present in (
            (HELLO, Variant.SNAPSHOT, cache, "nothing"),
            (BOTO3, Variant.INITIALISED, other, "nothing"),
            (HELLO, Variant.SNAPSHOT, cache, "interpreter"),
            (BOTO3, Variant.INITIALISED, cache, "interpreter"),
        ):
            shutil.rmtree(where / "artifacts", ignore_errors=True)
            self.timed[function, present] = built(function, variant, where)
            progress()
        shutil.rmtree(other)
        for function in FUNCTIONS:
            for variant in function.variants:
                self.of[function, variant] = built(function, variant, cache)
                progress()


@dataclass(frozen=True)
class Stations:
    """A measuring process in the task root of each build, all of them waiting but one."""

    of: Mapping[tuple[Function, Variant], Station]
    scratch: Path

    @classmethod
    @contextmanager
    def opened(cls, builds: Builds) -> Iterator["Stations"]:
        """Equips a scratch folder and enters every task root."""
        scratch = builds.folder / "scratch"
        scratch.mkdir()
        equip(scratch, builds.of[HELLO, Variant.PORTABLE].root)
        compile_floor(scratch / "floor")
        with ExitStack() as stack:
            stations = {
                key: stack.enter_context(Station(each.root, scratch)) for key, each in builds.of.items()
            }
            yield cls(stations, scratch)

    def interleaved(
        self, contenders: Sequence[Contender], count: int, progress: Progress, *, invocations: int = 1
    ) -> Runs:
        """``count`` environments of each contender, taking turns in an order that rotates."""
        runs: dict[str, list[Run]] = {contender.name: [] for contender in contenders}
        for turn in range(count):
            for contender in rotated(contenders, turn):
                runs[contender.name].append(self._run(contender, invocations))
                progress()
        return runs

    def from_storage(self, contenders: Sequence[Contender], count: int, progress: Progress) -> Runs:
        """The same, where before each start the page cache is made to forget every file of every contender.

        Raises:
            PageCacheError: it did not.
        """
        roots = {self.of[contender.function, contender.variant].root for contender in contenders}
        files = page_cache.files_of(*roots, self.scratch / AWSLAMBDARIC_FOLDER.name)
        most = int(MOST_STILL_CACHED * sum(file.stat().st_size for file in files))
        os.sync()  # what is not written out cannot be forgotten
        runs: dict[str, list[Run]] = {contender.name: [] for contender in contenders}
        for turn in range(count):
            for contender in rotated(contenders, turn):
                page_cache.drop(files, most=most)
                runs[contender.name].append(self._run(contender))
                progress()
        return runs

    def _run(self, contender: Contender, invocations: int = 1) -> Run:
        station = self.of[contender.function, contender.variant]
        run = station.run(contender.case, invocations=invocations)
        if contender.how in SNAPSHOTS and run.executable != IMAGE:
            raise StationError(f"{contender.name} fell back on {run.executable}; stderr has the reason")
        return run


@contextmanager
def steps(message: str, total: int) -> Iterator[Progress]:
    """A progress bar that is advanced by calling what it yields."""
    done = count(1)
    with console.progress(message) as update:
        yield lambda: update(next(done), total)
