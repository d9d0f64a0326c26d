"""What the commands of benchmarks have in common: their options, the document they write, and how they end."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType

from tests.benchmarks.snapshot_figures import Figure, figures_table
from thaw_cli.bench import results


def parser(described: str | None, starts: int, of_each: str = "contender") -> argparse.ArgumentParser:
    """Takes ``--json FILE`` and ``--starts N``.

    Args:
        described: what the command does.
        starts: how many, unless the option says it.
        of_each: of what that many are made.
    """
    made = argparse.ArgumentParser(description=described, formatter_class=argparse.RawTextHelpFormatter)
    made.add_argument("--json", type=Path, metavar="FILE", help="write conditions, figures and raw samples")
    made.add_argument("--starts", type=int, default=starts, help=f"of each {of_each}; %(default)s")
    return made


def conditions(method: str) -> dict[str, Any]:
    """Under what is measured, asked before it is; results under other conditions are not to be compared with these."""
    return {**results.conditions(), "method": method, "python": platform.python_version()}


def document(kind: str, reached: Sequence[Figure], before: dict[str, Any], **raw: Any) -> dict[str, Any]:
    """Everything for machines, made when the measurement has just ended.

    Args:
        kind: the document's format and its version.
        reached: the figures.
        before: the conditions before the measurement.
        raw: samples, by what they are of.
    """
    return {
        "format": kind,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "conditions": {**before, "load_average_at_the_end": round(os.getloadavg()[0], 2)},
        "figures": [{**asdict(figure), "reached": figure.reached} for figure in reached],
        **raw,
    }


def conclude(
    written: dict[str, Any], reached: Sequence[Figure], *tables: RenderableType, file: Path | None
) -> int:
    """Shows everything for people, and gives the status to exit with: 1 where a figure is missed.

    Args:
        written: the document.
        reached: its figures.
        tables: to be shown before them.
        file: takes the document. None: it is not asked for.
    """
    if file:
        file.write_text(json.dumps(written, indent=1))
    out = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    for each in (*tables, figures_table(reached)):
        out.print(each)
        out.print()
    for name, value in written["conditions"].items():
        out.print(f"{name}: {value}", markup=False)
    return 0 if all(figure.reached for figure in reached) else 1
