"""How long an application of many functions takes to synthesise: ``make bench-synth``.

Each reading is a process of its own: ten stacks, one handler for each of them, a variable of its own for each function,
artifacts in the cache, CloudFormation's validation off. Sizes are interleaved. Then one of the ten handlers is changed, and the
artifacts are counted that are built.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
SIZES = (50, 100, 200, 500)
STACKS = 10
ROUNDS = 5
LIMIT_SECONDS = 12.0  # for the largest
APPLICATION = """
import sys, json
from pathlib import Path
import aws_cdk as cdk
from constructs_lib import CustomRuntimeFunction

handlers, count, stacks, flags = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4])
app = cdk.App(context=flags, analytics_reporting=False, outdir=sys.argv[5])
for number in range(stacks):
    stack = cdk.Stack(app, f"Stack{number}")
    for index in range(count // stacks):
        CustomRuntimeFunction(
            stack, f"Function{index}", source=handlers / str(number), handler="handler.handle",
            environment={"INDEX": str(index)},
        )
app.synth()
"""


def _synthesise(handlers: Path, count: int) -> tuple[float, int]:
    """Seconds of one synthesis in a new process, and how many artifacts it built."""
    # Read only here: the module starts Node when it is imported.
    from tests.synthesis import FLAGS  # noqa: PLC0415 - as said

    with tempfile.TemporaryDirectory() as output:
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", APPLICATION, handlers, str(count), str(STACKS), json.dumps(FLAGS), output],
            cwd=ROOT,
            env={**os.environ, "CDK_VALIDATION": "false"},
            capture_output=True,
            text=True,
            check=True,
        )
        seconds = time.monotonic() - started
    return seconds, done.stderr.count("adding the handler's files")


def _write(handlers: Path, number: int, answer: str) -> None:
    folder = handlers / str(number)
    folder.mkdir(exist_ok=True)
    (folder / "handler.py").write_text(f"def handle(event, context):\n    return {answer!r}\n")


def _measure(console: Console, handlers: Path) -> dict[str, Any]:
    for number in range(STACKS):
        _write(handlers, number, f"{number}")
    with console.status("building the handlers"):
        _synthesise(handlers, STACKS)
    readings: dict[int, list[float]] = {size: [] for size in SIZES}
    for turn in range(ROUNDS):
        for size in SIZES:
            with console.status(f"round {turn + 1} of {ROUNDS}: {size} functions"):
                readings[size].append(_synthesise(handlers, size)[0])
    _write(handlers, 0, "changed")
    return {"seconds": readings, "built_after_a_change": _synthesise(handlers, max(SIZES))[1]}


def main() -> int:
    """Prints the medians and returns 1 where the largest took too long or more than one artifact was built."""
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory() as handlers:
        measured = _measure(console, Path(handlers))
    table = Table("functions", "median (s)", "least (s)", "most (s)", "ms per function beyond the smallest")
    medians = {size: statistics.median(seconds) for size, seconds in measured["seconds"].items()}
    smallest = min(SIZES)
    for size, seconds in measured["seconds"].items():
        further = (medians[size] - medians[smallest]) / (size - smallest) * 1000 if size > smallest else None
        slope = "" if further is None else f"{further:.1f}"
        table.add_row(str(size), f"{medians[size]:.2f}", f"{min(seconds):.2f}", f"{max(seconds):.2f}", slope)
    console.print(table)
    console.print(f"artifacts built after one handler changed: {measured['built_after_a_change']}")
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(measured))
    return int(medians[max(SIZES)] > LIMIT_SECONDS or measured["built_after_a_change"] != 1)


if __name__ == "__main__":
    sys.exit(main())
