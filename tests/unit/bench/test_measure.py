"""Execution environments are timed from outside, interleaved, and leave nothing behind."""

import os
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.bundling.runtime_api import RuntimeApi, UnexpectedRequestError
from tests import builds
from thaw_cli.bench import measure
from thaw_cli.bench.measure import Case, Environment, run

RUNTIME = Path(__file__).parents[3] / "lambda_src"
START = f"import sys; sys.path.insert(0, {str(RUNTIME)!r}); from thaw_runtime.main import main; main()"
COUNTS = "import os\ncalls = 0\ndef handle(event, context):\n    global calls\n    calls += 1\n"
COUNTS += (
    "    with open('calls', 'a') as file: file.write(f'{os.environ[\"NAME\"]}{calls} ')\n    return event\n"
)


def case(folder: Path, name: str = "a", code: str = COUNTS) -> Case:
    """The runtime on the Python of the tests, which needs no build."""
    builds.function(folder, handler=code)
    environment = {"_HANDLER": "handler.handle", "LAMBDA_TASK_ROOT": str(folder), "NAME": name}
    return Case(name, [Path(sys.executable), "-I", "-S", "-c", START], environment, folder)


def calls(folder: Path) -> list[str]:
    """What the handlers have written: the case's name and the number of the call in its environment."""
    return (folder / "calls").read_text().split()


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    with RuntimeApi(patience=10) as api:
        yield api


def test_every_case_has_as_many_samples_as_were_asked_for(tmp_path: Path) -> None:
    samples = measure.measure([case(tmp_path, "a"), case(tmp_path, "b")], cold=3, warm=12)
    counted = {name: (len(each.cold_ms), len(each.warm_ms)) for name, each in samples.items()}
    assert counted == {"a": (3, 12), "b": (3, 12)}
    assert all(value > 0 for each in samples.values() for value in each.cold_ms + each.warm_ms)


def test_cold_starts_are_interleaved_and_their_order_rotates(tmp_path: Path) -> None:
    measure.measure([case(tmp_path, name) for name in "abc"], cold=3, warm=0)
    assert calls(tmp_path) == ["a1", "b1", "c1", "b1", "c1", "a1", "c1", "a1", "b1"]


def test_the_first_invocations_of_a_warm_block_are_not_counted(tmp_path: Path) -> None:
    samples = measure.measure([case(tmp_path)], cold=0, warm=1)
    served = 1 + measure.WARM_INVOCATIONS_BEFORE_MEASURING + 1
    assert (len(samples["a"].warm_ms), calls(tmp_path)[-1]) == (1, f"a{served}")


def test_progress_is_told_after_each_start_and_each_block(tmp_path: Path) -> None:
    steps: list[None] = []
    measure.measure([case(tmp_path)], cold=2, warm=3, progress=lambda: steps.append(None))
    assert len(steps) == 2 + 3


def test_the_working_folder_of_the_measuring_process_stays(tmp_path: Path, api: RuntimeApi) -> None:
    before = Path.cwd()
    run(case(tmp_path), api, invocations=1)
    assert Path.cwd() == before


@pytest.mark.parametrize(
    "code", ["raise ValueError('at import')\n", "def handle(event, context): return 1 / 0\n"]
)
def test_a_runtime_that_reports_an_error_is_no_sample(tmp_path: Path, api: RuntimeApi, code: str) -> None:
    with pytest.raises(UnexpectedRequestError, match=r"ValueError|ZeroDivisionError"):
        run(case(tmp_path, code=code), api, invocations=1)


def test_no_process_is_left_after_an_error(tmp_path: Path, api: RuntimeApi) -> None:
    broken = case(tmp_path, code="def handle(event, context): return 1 / 0\n")
    with pytest.raises(UnexpectedRequestError), Environment(broken, api) as environment:
        environment.first_response()
    with pytest.raises(ProcessLookupError):
        os.kill(environment.pid, 0)


def test_a_runtime_that_does_not_come_is_a_timeout() -> None:
    with RuntimeApi(patience=0.05) as api, pytest.raises(TimeoutError):
        api.await_next()


@given(st.integers(0, 500))
def test_warm_blocks_are_at_most_ten_and_even(total: int) -> None:
    blocks = measure._blocks(total)
    assert (sum(blocks), len(blocks)) == (total, min(10, total))
    assert all(0 <= larger - smaller <= 1 for larger, smaller in pairwise(blocks))


def test_a_run_tells_every_round_trip_and_the_last_response(tmp_path: Path, api: RuntimeApi) -> None:
    run = measure.run(case(tmp_path), api, invocations=3)
    assert (len(run.warm_ms), run.response) == (2, measure.EVENT.decode())


def test_a_run_tells_what_answered(tmp_path: Path, api: RuntimeApi) -> None:
    run = measure.run(case(tmp_path), api, invocations=1)
    assert Path(run.executable) == Path(sys.executable).resolve()
