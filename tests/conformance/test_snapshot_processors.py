"""A snapshot runs on every processor that has the baseline, and starts portably on others.

User-mode emulation executes the image instruction by instruction and ends it at the first that the processor lacks; the
kernel is this system's. What the image executes instead of itself, the launcher and then the loader, is executed by this
machine's own processor again: the tests of older processors show that it falls back, and ``make test-portability`` that
the fallback runs on them.
"""

import json
import platform
import shutil
from pathlib import Path
from typing import Any

import pytest
from runtime_api import Environment, RuntimeApi
from snapshots import inside, scratch_of

from constructs_lib.bundling import Artifact, place
from tests.portability import choices, functions

QEMU = shutil.which("qemu-x86_64-static")
FALLBACK = (
    "bootstrap: this processor lacks what the snapshot needs (x86-64-v3); starting without the snapshot\n"
)

# What lambda_environment.BASELINE clears, by the bits of CPUID: RDRAND; RDSEED, ADX, SHA, AVX-512, VAES, VPCLMULQDQ, GFNI.
OPENSSL_CLEARED = (1 << 62, 0x00005F42FC2F0000)

CPU_INFO = Path("/proc/cpuinfo").read_text()
LEAF_7_OF_THE_BASELINE = 1 << 3 | 1 << 5 | 1 << 8 | 1 << 9  # BMI1, AVX2, BMI2, ERMS

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="this machine is not x86_64")
emulated = pytest.mark.skipif(
    QEMU is None, reason="there is no qemu-x86_64-static (Debian's qemu-user-static)"
)
disassembled = pytest.mark.skipif(shutil.which("objdump") is None, reason="there is no objdump (binutils)")


@pytest.fixture(scope="module")
def hello(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _placed(functions.hello(), tmp_path_factory.mktemp("hello") / "root")


@pytest.fixture(scope="module")
def calculating(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _placed(functions.calculating(), tmp_path_factory.mktemp("calculating") / "root")


def _placed(artifact: Artifact, root: Path) -> Path:
    place(artifact, root)
    # The emulator has to lie inside. It tells the image that its executable is /var/task/bootstrap.
    if QEMU is not None:
        shutil.copy(QEMU, scratch_of(root) / "qemu")
    return root


def _answer(root: Path, api: RuntimeApi, processor: str, event: Any) -> tuple[Any, str]:
    """What the function answers on a processor, and what it prints to stderr."""
    command = [*inside(root, "start"), "/tmp/qemu", "-cpu", processor, "/var/task/bootstrap"]
    variables = {**functions.VARIABLES, "AWS_LAMBDA_RUNTIME_API": api.address}
    with Environment(command, variables, root) as environment:
        report = api.invoke(json.dumps(event).encode())
    said = environment.output()[1].splitlines(keepends=True)
    # What the emulator says of features that it lacks is not the snapshot's.
    return json.loads(report.body), "".join(line for line in said if not line.startswith("qemu"))


@emulated
@pytest.mark.parametrize("processor", ["Haswell", "Skylake-Server", "EPYC"])
def test_a_processor_of_the_baseline_takes_it_up(hello: Path, api: RuntimeApi, processor: str) -> None:
    answer, said = _answer(hello, api, processor, [1])
    assert (answer["event"], said) == ([1], "")


@emulated
def test_libraries_that_choose_code_by_the_processor_chose_the_baseline(
    calculating: Path, api: RuntimeApi
) -> None:
    assert _answer(calculating, api, "Haswell", 1) == (functions.CALCULATED, "")


@emulated
@pytest.mark.parametrize("processor", ["Nehalem", "SandyBridge"])
def test_an_older_processor_starts_without_it_and_answers(
    hello: Path, api: RuntimeApi, processor: str
) -> None:
    answer, said = _answer(hello, api, processor, [1])
    assert (answer["event"], said) == ([1], FALLBACK)


def _chosen(root: Path, api: RuntimeApi, program: str) -> dict[str, str]:
    variables = {**functions.VARIABLES, "AWS_LAMBDA_RUNTIME_API": api.address}
    with Environment([*inside(root, "start"), program], variables, root) as environment:
        api.invoke()
        return choices.chosen(environment.pid, root)


@disassembled
def test_no_function_of_the_c_library_is_of_a_variant_beyond_the_baseline(
    hello: Path, api: RuntimeApi
) -> None:
    kinds = _chosen(hello, api, "/var/task/bootstrap")
    assert "wide" in kinds.values(), "the variants for AVX2 are the baseline's"
    assert [name for name, kind in kinds.items() if kind == "beyond"] == []


@disassembled
@pytest.mark.skipif("avx512vl" not in CPU_INFO, reason="no AVX-512 here")
def test_without_a_baseline_there_would_be_such_functions(hello: Path, api: RuntimeApi) -> None:
    assert "beyond" in _chosen(hello, api, "/var/task/thaw/bin/portable").values()


def test_openssl_numpy_and_openblas_know_no_more_than_the_baseline(
    calculating: Path, api: RuntimeApi
) -> None:
    variables = {**functions.VARIABLES, "AWS_LAMBDA_RUNTIME_API": api.address}
    command = [*inside(calculating, "start"), "/var/task/bootstrap"]
    with Environment(command, variables, calculating):
        knows = json.loads(api.invoke(b'"choices"').body)
    # OPENSSL_ia32cap=0x7ed8320b078bffff:0x00040069219c97a9 env:...
    words = knows["openssl"].partition("=")[2].split()[0].split(":")
    assert [int(word, 16) & cleared for word, cleared in zip(words, OPENSSL_CLEARED, strict=False)] == [0, 0]
    assert [feature for feature in knows["numpy"] if "AVX512" in feature or feature == "X86_V4"] == []
    assert knows["openblas"] == "Haswell"


@pytest.mark.skipif("cpuid_fault" not in CPU_INFO, reason="CPUID cannot be made to fault here")
def test_a_library_that_asks_the_processor_itself_is_told_of_the_baseline_and_later_the_truth(
    api: RuntimeApi, tmp_path: Path
) -> None:
    root = _placed(functions.asking(), tmp_path / "root")
    variables = {**functions.VARIABLES, "AWS_LAMBDA_RUNTIME_API": api.address}
    with Environment([*inside(root, "start"), "/var/task/bootstrap"], variables, root):
        at_build_time, now = json.loads(api.invoke().body)
    assert at_build_time | LEAF_7_OF_THE_BASELINE == LEAF_7_OF_THE_BASELINE
    assert bool(now >> 31 & 1) == ("avx512vl" in CPU_INFO)
