"""How many of 10,000 restores of one image answer, with randomised addresses: ``make bench-restores``; about a minute."""

import argparse
import sys
import tempfile
from pathlib import Path

from constructs_lib.bundling import build
from tests.benchmarks.snapshot_bench import Progress, steps
from tests.benchmarks.snapshot_cases import HELLO, IMAGE, Variant, contender
from thaw_cli.bench.station import Station, StationError, equip

RESTORES = 10_000
RANDOMISED = Path("/proc/sys/kernel/randomize_va_space")
EVERYTHING = 2  # stack, mappings, vdso and heap; sysctl kernel, randomize_va_space


def answered(restores: int) -> int:
    """How many of so many environments gave the handler's answer from the snapshot."""
    image, portable = (build(HELLO.recipe(variant)).root for variant in (Variant.SNAPSHOT, Variant.PORTABLE))
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as folder:
        scratch = Path(folder)
        equip(scratch, portable)
        with Station(image, scratch) as station, steps("restoring", restores) as progress:
            return sum(_answers(station, progress) for _ in range(restores))


def _answers(station: Station, progress: Progress) -> bool:
    progress()
    try:
        run = station.run(contender(HELLO, Variant.SNAPSHOT).case)
    except StationError as error:
        sys.stderr.write(f"{error}\n")
        return False
    return run.executable == IMAGE and run.response == '{"statusCode": 200}'


def main() -> int:
    """Counts and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--restores", type=int, default=RESTORES, help="%(default)s")
    options = parser.parse_args()
    if (setting := int(RANDOMISED.read_text())) != EVERYTHING:
        sys.exit(f"{RANDOMISED} is {setting}: addresses are not randomised as they are on Lambda")
    number = answered(options.restores)
    sys.stdout.write(f"{number} of {options.restores} restores answered, addresses randomised\n")
    return 0 if number == options.restores else 1


if __name__ == "__main__":
    sys.exit(main())
