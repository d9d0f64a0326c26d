"""The figures of the main job: ``make bench-smoke``.

Prints each figure beside what it is to reach, and exits with 1 if one is missed. Starts are compared as a ratio of interleaved runs;
the times of whole commands are single readings and depend on the machine.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from constructs_lib.bundling import Recipe, Start, build
from constructs_lib.bundling.cache import cache_folder
from thaw_cli.bench.cases import AWSLAMBDARIC, artifact_case, awslambdaric_case
from thaw_cli.bench.measure import Samples, measure
from thaw_cli.bench.results import percentile, ratio
from thaw_cli.cdk import node

ROOT = Path(__file__).resolve().parents[2]
OURS = "Thaw, portable start"
COLD, WARM = 100, 2000


@dataclass(frozen=True)
class Figure:
    """One figure and the most it may be."""

    name: str
    value: float
    limit: float

    @property
    def reached(self) -> bool:
        """Whether it is within its limit."""
        return self.value <= self.limit


def portable_start() -> tuple[Figure, dict[str, Samples]]:
    """Exec to first response of a function that does nothing, against awslambdaric on the same interpreter."""
    probe = ROOT / "lambda_src" / "functions" / "probe"
    artifact = build(Recipe(source=probe, handler="handler.handle", start=Start.PORTABLE))
    cases = [
        artifact_case(OURS, artifact.root, "handler.handle"),
        awslambdaric_case(artifact.root, "handler.handle"),
    ]
    samples = measure(cases, cold=COLD, warm=WARM)
    share = ratio(samples[OURS], samples[AWSLAMBDARIC])
    return Figure("portable start of hello world, share of awslambdaric's", share, 0.55), samples


def unchanged_synth() -> list[Figure]:
    """A synth of environment prod with nothing changed and the CDK's validation off, as a whole process."""
    command = [sys.executable, "app.py"]
    environment = {
        **os.environ,
        "JSII_NODE": str(node()),
        "CDK_VALIDATION": "false",
        "CDK_OUTDIR": str(ROOT / ".thaw" / "bench.out"),
        "CDK_CONTEXT_JSON": prod_context(),
    }
    subprocess.run(command, cwd=ROOT, env=environment, check=True)  # fills the caches
    before = built()
    times = []
    for _ in range(3):
        started = time.monotonic()
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        times.append(time.monotonic() - started)
    return [
        Figure("unchanged synth of prod, seconds", sorted(times)[1], 4.0),
        Figure("build steps run by it", len(built() - before), 0),
    ]


def prod_context() -> str:
    """What the CDK CLI passes to the app for ``-c env=prod``."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    return json.dumps({**context, "env": "prod"})


def built() -> set[Path]:
    """Everything the build cache holds."""
    return {
        path
        for kind in ("artifacts", "interpreters", "packages")
        for path in (cache_folder() / kind).glob("*")
    }


def main() -> int:
    """Measures and prints."""
    out = Console(highlight=False)
    start, samples = portable_start()
    figures = [start, *unchanged_synth()]
    out.print(starts_table(samples))
    table = Table("figure", "reached", "at most", "", show_edge=False)
    for figure in figures:
        table.add_row(
            figure.name, f"{figure.value:.2f}", f"{figure.limit:g}", "" if figure.reached else "MISSED"
        )
    out.print(table)
    return 0 if all(figure.reached for figure in figures) else 1


def starts_table(samples: dict[str, Samples]) -> Table:
    """Medians with their spread, in milliseconds."""
    table = Table("milliseconds", "cold p10", "cold p50", "cold p90", "warm p50", "warm p99", show_edge=False)
    for name, sample in samples.items():
        figures = [
            *(percentile(sample.cold_ms, percent) for percent in (10, 50, 90)),
            *(percentile(sample.warm_ms, percent) for percent in (50, 99)),
        ]
        table.add_row(name, *(f"{figure:.3f}" for figure in figures))
    return table


if __name__ == "__main__":
    sys.exit(main())
