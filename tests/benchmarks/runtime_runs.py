"""Makes the runs that the figures of the runtime are computed from."""

import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import parse_headers
from pathlib import Path

from constructs_lib.bundling import Recipe, Start, build
from constructs_lib.bundling.runtime_api import RuntimeApi
from tests import chunked
from tests.benchmarks.snapshot_bench import Progress, Runs, Stations
from tests.benchmarks.snapshot_cases import HANDLER, HELLO, HERE, Variant, compile_floor, contenders
from thaw_cli.bench.cases import artifact_case, awslambdaric_case
from thaw_cli.bench.measure import Case, Environment, rotated
from thaw_cli.bench.station import Station, equip

WARM_INVOCATIONS = 1000
LARGE_INVOCATIONS, LARGE_BEFORE_MEASURING = 40, 5
FIRST_BYTES, FIRST_BYTES_BEFORE_MEASURING = 200, 20
MIB = 1 << 20
PIECE = 1 << 16
STREAMED_BYTES = 200 * MIB
LARGE_EVENT = json.dumps(
    {
        "Records": [
            {"id": number, "name": f"record {number}", "price": number / 7, "tags": ["a", "b"], "sold": None}
            for number in range(11_500)
        ]
    }
).encode()


@dataclass(frozen=True)
class Measured:
    """Everything that was run.

    Attributes:
        cold: single starts of hello world, by contender.
        warm: environments of it that served ``WARM_INVOCATIONS``.
        large_ms: medians of round trips with ``LARGE_EVENT`` in and out, one for each environment, by case.
        first_byte_ms: from a generator's first yield to its first byte at the other end.
        streamed_growth_bytes: by how much memory was at its peak above what it was before ``STREAMED_BYTES`` were streamed.
    """

    cold: Runs
    warm: Runs
    large_ms: dict[str, list[float]]
    first_byte_ms: list[float]
    streamed_growth_bytes: int


@contextmanager
def hello_stations() -> Iterator[Stations]:
    """A measuring process in the task root of hello world's portable build and of its snapshot."""
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as folder, ExitStack() as stack:
        scratch = Path(folder)
        roots = {variant: build(HELLO.recipe(variant)).root for variant in HELLO.variants}
        equip(scratch, roots[Variant.PORTABLE])
        compile_floor(scratch / "floor")
        entered = {
            (HELLO, variant): stack.enter_context(Station(root, scratch)) for variant, root in roots.items()
        }
        yield Stations(entered, scratch)


def hello(starts: int, environments: int, progress: Progress) -> tuple[Runs, Runs]:
    """Single starts, and environments that serve ``WARM_INVOCATIONS``, of everything that hello world is compared with."""
    with hello_stations() as stations:
        cold = stations.interleaved(contenders(HELLO), starts, progress)
        warm = stations.interleaved(
            contenders(HELLO), environments, progress, invocations=1 + WARM_INVOCATIONS
        )
    return cold, warm


def portable_root(handler: str) -> Path:
    """The task root of the portable build of a folder below ``handlers``."""
    return build(Recipe(source=HERE / "handlers" / handler, handler=HANDLER, start=Start.PORTABLE)).root


def large(environments: int, progress: Progress) -> dict[str, list[float]]:
    """Round trips with a large document in and out, by case."""
    root = portable_root("echo")
    cases = [artifact_case("Thaw, portable", root, HANDLER), awslambdaric_case(root, HANDLER)]
    medians: dict[str, list[float]] = {case.name: [] for case in cases}
    with RuntimeApi() as api:
        for turn in range(environments):
            for case in rotated(cases, turn):
                medians[case.name].append(_middle(_large_round_trips(case, api)))
                progress()
    return medians


def _large_round_trips(case: Case, api: RuntimeApi) -> list[float]:
    with Environment(case, api):
        times = []
        for _ in range(LARGE_BEFORE_MEASURING + LARGE_INVOCATIONS):
            api.await_next()
            response, nanoseconds = api.invoke(LARGE_EVENT)
            times.append(nanoseconds / 1e6)
    assert json.loads(response) == json.loads(LARGE_EVENT)
    return times[LARGE_BEFORE_MEASURING:]


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


class StreamingApi(RuntimeApi):
    """The emulated Runtime API for responses that are streamed; each closes its connection."""

    def streamed(self, pieces: int) -> tuple[float, int]:
        """Asks for a stream of so many pieces.

        Returns:
            Milliseconds from the handler's first yield to its first byte here, and the bytes of the whole body.
        """
        self.await_next()
        first_ms, size = 0.0, 0
        event = json.dumps({"pieces": pieces}).encode()
        connection = self._connected()
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: streamed\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(event), event)
        )
        with connection.makefile("rb") as posted:
            posted.readline()
            parse_headers(posted)
            for chunk in chunked.chunks(posted):
                if not size:
                    first_ms = (time.monotonic_ns() - int(chunk)) / 1e6
                size += len(chunk)
            parse_headers(posted)
        connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        self.hang_up()
        return first_ms, size


def streaming(handler: str = "streamed") -> tuple[list[float], int]:
    """Times of first bytes, and the growth of memory while ``STREAMED_BYTES`` go through it."""
    case = artifact_case("streaming", portable_root(handler), HANDLER)
    with StreamingApi() as api, Environment(case, api) as environment:
        first = [api.streamed(1)[0] for _ in range(FIRST_BYTES_BEFORE_MEASURING + FIRST_BYTES)]
        before = environment.resident_bytes()
        process = Path(f"/proc/{environment.pid}")
        (process / "clear_refs").write_text("5")  # proc_pid_clear_refs(5): the peak is now what is in use
        _, size = api.streamed(STREAMED_BYTES // PIECE)
        assert size > STREAMED_BYTES
        return first[FIRST_BYTES_BEFORE_MEASURING:], _peak_bytes(process) - before


def _peak_bytes(process: Path) -> int:
    status = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
