"""A snapshot runs on every processor that has the baseline, and starts portably on others.

The processors are qemu's, in user mode; the kernel is this system's.
"""

import shutil
from pathlib import Path

import pytest
from runtime_api import Environment, RuntimeApi
from snapshots import snapshot

from constructs_lib.bundling import Artifact

PROGRAM = """
import os, sys
from thaw_runtime.main import main
with open(int(os.getloadavg()[0])) as file:
    os.environ.update(each.split("=", 1) for each in file.read().split("\\0") if each)
main()
"""
QEMU = shutil.which("qemu-x86_64-static") or shutil.which("qemu-x86_64")
IN_PLACE = (
    'mount -t tmpfs none /var; mkdir /var/task; mount --bind "$0" /var/task; exec "$@" /var/task/bootstrap'
)
FALLBACK = (
    "bootstrap: this processor lacks what the snapshot needs (x86-64-v3); starting without the snapshot\n"
)

pytestmark = pytest.mark.skipif(QEMU is None, reason="qemu-user-static is not installed")


@pytest.fixture(scope="module")
def task_root(artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return snapshot(PROGRAM, artifact, tmp_path_factory.mktemp("processors") / "root")


@pytest.mark.parametrize(
    ("processor", "said"),
    [
        pytest.param(processor, said, id=processor)
        for processor, said in {
            "Haswell": "",
            "Skylake-Server": "",
            "EPYC": "",
            "Nehalem": FALLBACK,
            "SandyBridge": FALLBACK,
        }.items()
    ],
)
def test_it_answers(task_root: Path, api: RuntimeApi, tmp_path: Path, processor: str, said: str) -> None:
    emulator = [str(QEMU), "-cpu", processor]
    command = [
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-euc",
        IN_PLACE,
        task_root,
        *emulator,
    ]
    variables = {
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "_HANDLER": "handler.handle",
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    }
    with Environment(command, variables, tmp_path) as environment:
        assert api.invoke(b'{"answer": 42}').body == b'{"answer": 42}'
    _, errors = environment.output()
    # What the emulator itself says of features that it lacks is not the snapshot's.
    own = [line for line in errors.splitlines(keepends=True) if "qemu" not in line]
    assert own == ([said] if said else [])
