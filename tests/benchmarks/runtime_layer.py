"""What a runtime layer costs and saves: starts and sizes of functions on one, and of the same functions as one artifact each.

``python -m tests.benchmarks.runtime_layer [RUNS]``; the starts are interleaved, and medians of exec to first response.
"""

import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from constructs_lib.bundling import Artifact, LayerRecipe, OnLayerRecipe, Recipe, Start, build
from constructs_lib.bundling.inside import LAYER_ROOT, TASK_ROOT
from tests.benchmarks.snapshot_cases import HANDLER, HERE
from thaw_cli.bench.cases import artifact_case, layered_case
from thaw_cli.bench.measure import Case, Run, measure
from thaw_cli.bench.station import Station, equip

RUNS = 200
HANDLERS = HERE / "handlers"


@dataclass(frozen=True)
class Contender:
    """A function, how it is packed, and what was built."""

    name: str
    function: Artifact
    layer: Artifact | None

    @property
    def case(self) -> Case:
        """How it is started where its artifacts lie on Lambda."""
        task_root, layer = Path(TASK_ROOT), Path(LAYER_ROOT)
        if self.layer is None:
            return artifact_case(self.name, task_root, HANDLER)
        return layered_case(self.name, task_root, layer, HANDLER)


def contenders() -> list[Contender]:
    """Each function both ways, with both kinds of start; one with what the trial run of the artifact found preloaded."""
    found = []
    for name in ("hello", "boto3_client"):
        source = HANDLERS / name
        requirements = source / "requirements.txt" if (source / "requirements.txt").exists() else None
        for start in (Start.SNAPSHOT, Start.PORTABLE):
            alone = build(Recipe(source=source, handler=HANDLER, start=start))
            found.append(Contender(f"{name}, {start}, one artifact", alone, None))
            layer = LayerRecipe(requirements=requirements, start=start)
            found.append(_on(layer, source, f"{name}, {start}, on a layer"))
            if alone.snapshot is not None and requirements is not None:
                layer = LayerRecipe(requirements=requirements, start=start, preload=_preloaded(alone))
                found.append(
                    _on(layer, source, f"{name}, {start}, on a layer that preloads the same modules")
                )
    return found


def _preloaded(artifact: Artifact) -> tuple[str, ...]:
    assert artifact.snapshot is not None
    packages = f"{TASK_ROOT}/thaw/packages/"
    return tuple(name for name, file in artifact.snapshot["modules"].items() if file.startswith(packages))


def _on(layer: LayerRecipe, source: Path, name: str) -> Contender:
    return Contender(name, build(OnLayerRecipe(source=source, handler=HANDLER, layer=layer)), build(layer))


def main(runs: int) -> None:
    """Prints a table."""
    compared = contenders()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        portable = next(
            each.function for each in compared if each.layer is None and not each.function.snapshot
        )
        equip(Path(folder), portable.root)
        stations = {
            each.name: running.enter_context(
                Station(each.function.root, Path(folder), each.layer.root if each.layer else None)
            )
            for each in compared
        }

        def start(case: Case, invocations: int) -> Run:
            return stations[case.name].run(case, invocations=invocations)

        samples = measure([each.case for each in compared], cold=runs, warm=0, start=start)
    for each in compared:
        cold = statistics.median(samples[each.name].cold_ms)
        layer = f"{each.layer.zip_bytes:>12,}" if each.layer else " " * 12
        print(f"{each.name:<70} {cold:8.2f} ms {each.function.zip_bytes:>12,} {layer}")  # noqa: T201 - the result


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else RUNS)
