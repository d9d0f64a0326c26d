"""arm64 without an arm64 machine: a snapshot is made and started under Debian's kernel on an emulated processor.

``make test-portability``; minutes. What runs natively in the guest is the whole of ``snapshot.make``: the initialisation in
namespaces, the dump, the layout, the verification. What does not is what needs neither kernel nor processor: copying the
interpreter and compiling the native part.
"""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import elftools
import pytest
import uv
import ziglang

from constructs_lib import bundling
from constructs_lib.bundling import Architecture, interpreter
from constructs_lib.bundling.native import compile_snapshot_library
from tests.portability import functions
from tests.portability.debian import Debian
from tests.portability.machine import PYTHON, Case, Machine, Outcome, disk_of, outcomes_in, tree_with

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("qemu-system-aarch64", "mke2fs", "apt-get", "dpkg"))),
    reason="qemu-system-arm, e2fsprogs or apt is missing",
)
PROJECT = Path(bundling.__file__).parents[2]
ANSWERS = Case(name="answers", variables=functions.VARIABLES, event=1)
CASES = (
    ANSWERS,
    replace(
        ANSWERS, name="20 times at random addresses", settings={"kernel.randomize_va_space": 2}, times=20
    ),
    replace(ANSWERS, name="RLIMIT_STACK unlimited", limits={"RLIMIT_STACK": -1}),
    replace(ANSWERS, name="a root with nothing but the task root and proc", root="proc"),
    replace(ANSWERS, name="a root with nothing but the task root", root="bare"),
    replace(ANSWERS, name="vm.overcommit_memory=2", settings={"vm.overcommit_memory": 2}),
)


def _machine(processor: str) -> Machine:
    kernel = Debian("arm64").kernel()
    return Machine(architecture=Architecture.ARM64, kernel=kernel, processor=processor, memory_mb=2048)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a guest that can make a snapshot of hello, and start it."""
    python = Debian("arm64").unpacked("python3.11", "libpython3.11") / "usr" / "bin" / "python3.11"
    folder = tmp_path_factory.mktemp("arm64")
    artifact = functions.portable_hello(architecture=Architecture.ARM64, python=python)
    tree = tree_with(artifact.root, CASES, folder)
    shutil.copytree(artifact.root, tree / "function", symlinks=True)
    guest = tree / "guest"
    _add_project(guest / "packages")
    compile_snapshot_library(guest / "arm64.so", architecture=Architecture.ARM64)
    found = interpreter.find(python, Architecture.ARM64)
    described = {name: getattr(found, name) for name in ("version", "architecture", "loader")}
    (guest / "interpreter.json").write_text(json.dumps(described))
    return disk_of(tree)


def _add_project(packages: Path) -> None:
    """The project's own packages, and what of others it imports."""
    ignored = shutil.ignore_patterns("__pycache__", "functions")
    for package in (PROJECT / "constructs_lib", PROJECT / "lambda_src", *map(_folder_of, (elftools, uv))):
        shutil.copytree(package, packages / package.name, ignore=ignored)
    # The compiler in it is the host's.
    (packages / "ziglang").mkdir()
    shutil.copy(_folder_of(ziglang) / "__init__.py", packages / "ziglang")


def _folder_of(package: ModuleType) -> Path:
    return Path(package.__path__[0])


@pytest.fixture(scope="module")
def outcomes(disk: Path) -> dict[str, Outcome]:
    """Of a snapshot made on a processor like Lambda's oldest, and started there."""
    return outcomes_in(_machine("neoverse-n1").boot(disk, *PYTHON, "/guest/build.py", "--build"))


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_snapshot_starts_where_it_was_made(outcomes: dict[str, Outcome], case: Case) -> None:
    outcome = outcomes[case.name]
    assert outcome.said == []
    assert [answer["event"] for answer in outcome.answers] == [case.event] * case.times


@pytest.mark.parametrize("processor", ["neoverse-n1", "max"])
def test_it_starts_on_another_machine(outcomes: dict[str, Outcome], disk: Path, processor: str) -> None:
    outcome = outcomes_in(_machine(processor).boot(disk, *PYTHON, "/guest/build.py"))[ANSWERS.name]
    assert (outcome.answers[0]["event"], outcome.said) == (1, [])
