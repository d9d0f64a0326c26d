"""Tools that ``thaw`` installs on demand, each from a lock with hashes, once per lock and Python.

A tool is a folder in the cache, filled as by ``pip install --target``. Nothing of it is importable here: MiniStack
pins botocore exactly, and that must not decide which botocore the project's own code gets.
"""

import hashlib
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import uv

from constructs_lib.bundling.cache import cache_folder, get_or_make
from thaw_cli.errors import ToolUnavailableError
from thaw_cli.local import keeper

LOCKS = Path(__file__).parent / "locks"
_KIND = "tools"
# Servers that run from their folder start seconds sooner with bytecode; of the others only single files are used.
_BYTE_COMPILED = frozenset({"ministack", "awslambdaric"})


def install(name: str) -> Path:
    """Returns the folder of the tool ``name``, installing it first where it is missing.

    Two processes that ask at the same time install once. An interrupted installation leaves nothing that counts.

    Raises:
        ToolUnavailableError: there is no such lock, or the installation failed.
    """
    return get_or_make(_KIND, _key(name), lambda folder: _fill(name, folder))[0]


def location(name: str) -> Path:
    """Where the tool ``name`` lies once it is installed.

    Raises:
        ToolUnavailableError: there is no such lock.
    """
    return cache_folder() / _KIND / _key(name)


def installable(name: str) -> bool:
    """Whether the tool ``name`` is installed, or the package index offers all of it; installs nothing.

    Raises:
        ToolUnavailableError: there is no such lock.
    """
    if location(name).is_dir():
        return True
    with tempfile.TemporaryDirectory() as nowhere:
        command = _command(name, Path(nowhere), "--dry-run")
        return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _key(name: str) -> str:
    """One folder per lock, Python and kind of machine."""
    lock = LOCKS / f"{name}.txt"
    if not lock.is_file():
        names = ", ".join(sorted(path.stem for path in LOCKS.glob("*.txt")))
        raise ToolUnavailableError(
            "there is no lock for the tool", received=name, allowed=names, change="name one of them"
        )
    target = f"{sys.implementation.cache_tag}-{platform.machine()}-{platform.libc_ver()[0]}"
    digest = hashlib.sha256(lock.read_bytes() + target.encode()).hexdigest()
    return f"{name}-{digest[:16]}"


def _fill(name: str, folder: Path) -> None:
    command = _command(name, folder, *(["--compile-bytecode"] if name in _BYTE_COMPILED else []))
    with (
        tempfile.NamedTemporaryFile() as errors,
        keeper.output_of(command, environment=os.environ, folder=folder, errors=Path(errors.name)) as process,
    ):
        status = process.wait()
        message = errors.read().decode(errors="replace").strip()
    if status != 0:
        raise ToolUnavailableError(
            f"the tool {name} could not be installed:\n{message}",
            change="check the connection to the package index (uv's own settings apply), then run the command again",
        )


def _command(name: str, target: Path, *flags: str) -> list[str]:
    return [
        *(uv.find_uv_bin(), "pip", "install", "--quiet", "--python", sys.executable, "--target", str(target)),
        # A lock is complete, and of some tools it leaves the dependencies out on purpose.
        *("--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(LOCKS / f"{name}.txt")),
        *flags,
    ]
