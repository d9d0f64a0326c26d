"""Builds functions in processes of their own and measures what that takes: seconds and memory."""

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from constructs_lib.bundling import build
from tests.benchmarks.snapshot_cases import FUNCTIONS, Function, Variant

PROJECT = Path(__file__).resolve().parents[2]
SAMPLING_SECONDS = 0.05


@dataclass(frozen=True)
class Built:
    """A finished artifact and what its build took.

    Attributes:
        root: the task root.
        zip_bytes: of the whole artifact, zipped.
        seconds: of the whole process that built it.
        peak_bytes: the most memory seen in use at once by the process and all its descendants, looked at 20 times a
            second; or what the largest of them had at most, should that be more.
    """

    root: Path
    zip_bytes: int
    seconds: float
    peak_bytes: int


def built(function: Function, variant: Variant, cache: Path) -> Built:
    """Builds with ``cache`` as the build cache.

    Raises:
        CalledProcessError: the build failed; what it said is on stderr.
    """
    command = [sys.executable, "-m", "tests.benchmarks.snapshot_build", function.folder, variant]
    started, peak = time.monotonic(), 0
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env={**os.environ, "THAW_CACHE": str(cache)},
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    ) as process:
        while process.poll() is None:
            peak = max(peak, _session_bytes(process.pid))
            time.sleep(SAMPLING_SECONDS)
        seconds = time.monotonic() - started
        output = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    told = json.loads(output)
    return Built(Path(told["root"]), told["zip_bytes"], seconds, max(peak, told["largest_bytes"]))


def _session_bytes(session: int) -> int:
    """Memory of all processes of a session, what several share divided among them."""
    return sum(
        _proportional_bytes(entry)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _session_of(entry) == session
    )


def _session_of(process: Path) -> int:
    try:
        # proc_pid_stat(5): after the name in parentheses come state, parent, process group, session.
        return int((process / "stat").read_text().rpartition(")")[2].split()[3])
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it has ended


def _proportional_bytes(process: Path) -> int:
    try:
        rollup = (process / "smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0  # it has ended, or is just being replaced
    return next((int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:")), 0)


def _main(folder: str, variant: str) -> None:
    function = next(each for each in FUNCTIONS if each.folder == folder)
    artifact = build(function.recipe(Variant(variant)))
    largest = max(
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    told = {
        "root": str(artifact.root),
        "zip_bytes": artifact.zip_bytes,
        "largest_bytes": largest * 1024,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    _main(*sys.argv[1:])
