"""Snapshots of small programs, made and taken up where their folder is /var/task."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.bundling import Architecture, Artifact, place
from constructs_lib.bundling.image import RawImage, lay_out
from constructs_lib.bundling.native import compile_snapshot_library
from tests import builds

TASK_ROOT = Path(builds.__file__).parents[1] / "constructs_lib" / "bundling" / "task_root.py"


def snapshot(program: str, artifact: Artifact, root: Path) -> Path:
    """A copy of the artifact whose bootstrap is a snapshot of the program at its call of ``os.getloadavg``."""
    if platform.machine() != "x86_64":
        pytest.skip("snapshots have run on x86_64 only")
    place(artifact, root)
    raw, bootstrap = root / "raw", root / "bootstrap"
    compile_snapshot_library(root / "library.so", architecture=Architecture.X86_64)
    python = next((root / "thaw" / "bin").glob("python3.[0-9]*")).name
    command = [
        *("/var/task/thaw/lib/ld-linux-x86-64.so.2", "--library-path", "/var/task/thaw/lib"),
        *("--preload", "/var/task/library.so", "--argv0", "/var/task/thaw/bin/python3"),
        *(f"/var/task/thaw/bin/{python}", "-I", "-S", "-X", "utf8", "-c", program),
    ]
    refused = subprocess.run([*inside(root, "start"), "/var/task/thaw/bin/python3", "-c", ""], check=False)
    if refused.returncode != 0:
        pytest.skip("user namespaces are refused here")
    environment = {"THAW_IMAGE": "/var/task/raw", "ONLY_AT_BUILD": "1"}
    subprocess.run([*inside(root, "leave"), *command], env=environment, check=True, timeout=60)
    bootstrap.unlink()
    image = RawImage(raw.read_bytes())
    lay_out(image, bootstrap, place="/var/task/bootstrap", architecture=Architecture.X86_64)
    return root


def inside(root: Path, mode: str) -> list[str]:
    """The beginning of a command that runs where the folder is /var/task."""
    return [sys.executable, "-I", "-S", str(TASK_ROOT), mode, str(root)]


def taken_up(root: Path, code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*inside(root, "start"), "/var/task/bootstrap"],
        env={"CODE": code, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def printed(root: Path, code: str, **variables: str) -> str:
    result = taken_up(root, code, **variables)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout.strip()
