"""One line for each behaviour, ours against AWS's: ``python -m tests.conformance.comparison [--json FILE] [TABLE ...]``."""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests import builds
from tests.conformance.comparison.comparing import RIGHT, Compared, compare
from tests.conformance.comparison.processes import Side, theirs
from tests.conformance.comparison.tables import TABLES

WIDTH = 44
# What comes first in a line, where it is compared.
TELLING = ("body", "exit", "stdout", "stderr", "telemetry")


def main() -> None:
    """Compares, prints, and exits with 1 where something is not as its case says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"of {', '.join(TABLES)}; default: all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where every field that was compared goes")
    parser.add_argument(
        "--accept", action="store_true", help="write right.json anew, to be reviewed; takes all tables"
    )
    chosen = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory(prefix="thaw-comparison-") as scratch:
        ours = portable(Path(scratch))
        for table in chosen.tables or TABLES:
            compared = compare(TABLES[table], theirs(), ours, Path(scratch) / table)
            found += compared
            for one in compared:
                sys.stdout.write(line(one) + "\n")
    if chosen.accept:
        accept(found)
    if chosen.json:
        chosen.json.write_text(
            json.dumps([document(one) for one in found], indent=1, ensure_ascii=False) + "\n"
        )
    wrong = sum(1 for one in found if one.wrong)
    sys.stdout.write(f"{len(found)} behaviours: {len(found) - wrong} as they should be, {wrong} not\n")
    sys.exit(1 if wrong else 0)


def accept(found: Sequence[Compared]) -> None:
    """Takes what ours does now for what is right, where a case says that it differs."""
    kept = {
        one.key: {name: ours for name, (_, ours) in one.differing.items()} for one in found if one.case.why
    }
    RIGHT.write_text(json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


def portable(scratch: Path) -> Side:
    """What Thaw builds, started without a snapshot."""
    artifact = builds.built(builds.function(scratch / "function"))
    return Side("Thaw", (str(artifact.root / "bootstrap"),))


def line(one: Compared) -> str:
    """A row of the table."""
    shown = sorted(one.differing or one.ours, key=lambda name: (name not in TELLING, name))
    theirs_told, ours_told = _short(shown, one.theirs), _short(shown, one.ours)
    return f"{one.case.row:4} {one.case.claim:60.60} | {theirs_told:{WIDTH}} | {ours_told:{WIDTH}} | {one.verdict}"


def _short(names: Sequence[str], told: Mapping[str, str]) -> str:
    texts = [f"{name}={told.get(name, '-')}" for name in names]
    text = " ".join(texts).replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"


def document(one: Compared) -> dict[str, object]:
    """A behaviour with all that was compared."""
    return {
        "row": one.case.row,
        "behaviour": one.case.claim,
        "scenario": one.scenario.name,
        "verdict": one.verdict,
        "theirs": dict(one.theirs),
        "ours": dict(one.ours),
    }


if __name__ == "__main__":
    main()
