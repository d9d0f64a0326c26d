"""Snapshots of small programs, made and taken up where their folder is /var/task."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from constructs_lib.bundling import Architecture, Artifact, place
from constructs_lib.bundling.image import RawImage, lay_out
from constructs_lib.bundling.inside import command as command_inside
from constructs_lib.bundling.native import compile_snapshot_library
from constructs_lib.bundling.starts import obstacle
from tests import builds


def snapshot(program: str, artifact: Artifact, root: Path) -> Path:
    """A copy of the artifact whose bootstrap is a snapshot of the program at its call of ``os.getloadavg``."""
    place(artifact, root)
    scratch, bootstrap = scratch_of(root), root / "bootstrap"
    shutil.copy(_library(compile_snapshot_library), scratch / "library.so")
    python = next((root / "thaw" / "bin").glob("python3.[0-9]*")).name
    command = [
        *("/var/task/thaw/lib/ld-linux-x86-64.so.2", "--library-path", "/var/task/thaw/lib"),
        *("--preload", "/tmp/library.so", "--argv0", "/var/task/thaw/bin/python3"),
        *(f"/var/task/thaw/bin/{python}", "-I", "-S", "-X", "utf8", "-c", program),
    ]
    if (reason := obstacle(Architecture.X86_64)) is not None:
        pytest.skip(reason)
    environment = {"THAW_IMAGE": "/tmp/raw", "ONLY_AT_BUILD": "1"}
    subprocess.run([*inside(root, "leave"), *command], env=environment, check=True, timeout=60)
    bootstrap.unlink()
    image = RawImage((scratch / "raw").read_bytes())
    lay_out(image, bootstrap, place="/var/task/bootstrap", architecture=Architecture.X86_64)
    return root


@cache
def _library(compiled_by: Callable[..., None]) -> Path:
    """What leaves memory behind, compiled once; a test may have it compiled otherwise."""
    library = Path(tempfile.mkdtemp(dir=builds.shared_cache())) / "library.so"
    compiled_by(library, architecture=Architecture.X86_64)
    return library


def inside(root: Path, mode: str) -> list[str]:
    """The beginning of a command that runs where the folder is /var/task."""
    return command_inside(mode, root, scratch_of(root))


def scratch_of(root: Path) -> Path:
    """The folder that is /tmp where the other one is /var/task."""
    scratch = root.with_name(f"{root.name}-scratch")
    scratch.mkdir(exist_ok=True)
    return scratch


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
