"""Snapshots under another kernel, on other processors, in little memory. ``make test-portability``; minutes."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from constructs_lib.bundling import Architecture
from tests.portability import functions
from tests.portability.debian import Debian
from tests.portability.machine import Case, Machine, Outcome

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("qemu-system-x86_64", "mke2fs", "apt-get", "dpkg"))),
    reason="qemu-system-x86, e2fsprogs or apt is missing",
)
INFINITE = -1
ANSWERS = Case(name="answers", variables=functions.VARIABLES, event=1)
CASES = (
    ANSWERS,
    replace(
        ANSWERS, name="50 times at random addresses", settings={"kernel.randomize_va_space": 2}, times=50
    ),
    replace(ANSWERS, name="RLIMIT_STACK unlimited", limits={"RLIMIT_STACK": INFINITE}),
    replace(ANSWERS, name="a root with nothing but the task root and proc", root="proc"),
    replace(ANSWERS, name="a root with nothing but the task root", root="bare"),
    replace(ANSWERS, name="vm.overcommit_memory=2", settings={"vm.overcommit_memory": 2}),
)
FALLBACK = (
    "bootstrap: this processor lacks what the snapshot needs (x86-64-v3); starting without the snapshot"
)


@pytest.fixture(scope="module")
def kernel() -> Path:
    return Debian("amd64").kernel()


def _machine(kernel: Path, processor: str, memory_mb: int) -> Machine:
    return Machine(architecture=Architecture.X86_64, kernel=kernel, processor=processor, memory_mb=memory_mb)


@pytest.fixture(scope="module", params=[("Haswell", 1024), ("Haswell", 128)], ids=["1024 MB", "128 MB"])
def outcomes(
    kernel: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Outcome]:
    folder = tmp_path_factory.mktemp("machine")
    return _machine(kernel, *request.param).outcomes(functions.hello().root, CASES, folder)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_snapshot_starts_under_debian_s_kernel(
    outcomes: dict[str, Outcome], kernel: Path, case: Case
) -> None:
    outcome = outcomes[case.name]
    assert outcome.said == []
    assert [answer["event"] for answer in outcome.answers] == [case.event] * case.times
    (release,) = {answer["kernel"] for answer in outcome.answers}
    assert (kernel / "boot" / f"vmlinuz-{release}").exists()


def test_no_file_outside_of_the_task_root_is_mapped(outcomes: dict[str, Outcome]) -> None:
    mapped = {path for answer in outcomes[ANSWERS.name].answers for path in answer["mapped"]}
    assert mapped
    assert [path for path in mapped if not path.startswith("/var/task/")] == []


@pytest.mark.parametrize("memory_mb", [1024, 128], ids=["1024 MB", "128 MB"])
def test_a_large_snapshot_starts_under_debian_s_kernel(kernel: Path, memory_mb: int, tmp_path: Path) -> None:
    root = functions.calculating().root
    outcome = _machine(kernel, "Haswell", memory_mb).outcomes(root, [ANSWERS], tmp_path)[ANSWERS.name]
    assert (outcome.answers, outcome.said) == ([functions.CALCULATED], [])


def test_an_older_processor_starts_portably(kernel: Path, tmp_path: Path) -> None:
    outcome = _machine(kernel, "Nehalem", 512).outcomes(functions.hello().root, [ANSWERS], tmp_path)[
        ANSWERS.name
    ]
    assert [answer["event"] for answer in outcome.answers] == [1]
    assert outcome.said == [FALLBACK]
