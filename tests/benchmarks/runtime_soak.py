"""A million invocations of one environment: ``make soak``, about three minutes.

Prints a line for every tenth of them: memory in use and the median round trip. Exits with 1 where memory has grown since the first.
"""

import argparse
import statistics
import sys

from constructs_lib.bundling.runtime_api import RuntimeApi
from tests.benchmarks.runtime_runs import portable_root
from tests.benchmarks.snapshot_cases import HANDLER
from thaw_cli.bench.cases import artifact_case
from thaw_cli.bench.measure import Environment

INVOCATIONS = 1_000_000
TENTHS = 10
# Of every size that allocators treat differently: within a pool, of a pool's own, and mapped.
EVENTS = tuple(b'{"text": "%b"}' % (b"a" * size) for size in (0, 100, 600, 5_000, 0, 40_000, 0, 200_000, 10))
# One reading against another; the kernel counts pages of this process in batches.
GROWTH_BYTES = 256 << 10


def main() -> int:
    """Serves and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--invocations", type=int, default=INVOCATIONS, help="%(default)s")
    each = parser.parse_args().invocations // TENTHS
    case = artifact_case("soak", portable_root("echo"), HANDLER)
    readings = []
    with RuntimeApi() as api, Environment(case, api) as environment:
        for tenth in range(1, TENTHS + 1):
            times = []
            for number in range(each):
                # Most events are small; every hundredth invocation takes one of another size.
                event = EVENTS[number // 100 % len(EVENTS)] if number % 100 == 0 else EVENTS[0]
                api.await_next()
                times.append(api.invoke(event)[1])
            readings.append(environment.resident_bytes())
            median_us = statistics.median(times) / 1000
            line = f"{tenth * each:>9,} invocations: RSS {readings[-1]:>11,} bytes, p50 {median_us:.1f} us"
            print(line, flush=True)  # noqa: T201 - the result
    return 0 if readings[-1] - readings[0] <= GROWTH_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
