"""Tools that ``thaw`` installs on demand, each from a lock with hashes, once per lock and Python.

A tool is a folder in the cache, filled as by ``pip install --target``. Nothing of it is importable here: MiniStack
pins botocore exactly, and that must not decide which botocore the project's own code gets.
"""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uv

from thaw_cli.errors import ToolUnavailableError

LOCKS = Path(__file__).parent / "locks"
# Servers that run from their folder start seconds sooner with bytecode; of the others only single files are used.
_BYTE_COMPILED = frozenset({"ministack", "awslambdaric"})


def install(name: str) -> Path:
    """Returns the folder of the tool ``name``, installing it first where it is missing.

    Two processes that ask at the same time install once. An interrupted installation leaves nothing that counts.

    Raises:
        ToolUnavailableError: there is no such lock, or the installation failed.
    """
    tool = location(name)
    if tool.is_dir():
        return tool
    tool.parent.mkdir(parents=True, exist_ok=True)
    with _locked(tool.with_name(f"{tool.name}.lock")) as lock:
        if not tool.is_dir():
            _install(name, tool, lock)
    return tool


def location(name: str) -> Path:
    """Where the tool ``name`` lies once it is installed: one folder per lock, Python and machine.

    Raises:
        ToolUnavailableError: there is no such lock.
    """
    lock = LOCKS / f"{name}.txt"
    if not lock.is_file():
        names = ", ".join(sorted(path.stem for path in LOCKS.glob("*.txt")))
        raise ToolUnavailableError(
            "there is no lock for the tool", received=name, allowed=names, change="name one of them"
        )
    target = f"{sys.implementation.cache_tag}-{platform.machine()}-{platform.libc_ver()[0]}"
    key = hashlib.sha256(lock.read_bytes() + target.encode()).hexdigest()[:16]
    return folder() / f"{name}-{key}"


def folder() -> Path:
    """Where the tools lie: a folder of the cache."""
    return _cache_folder() / "tools"


def _cache_folder() -> Path:
    if chosen := os.environ.get("THAW_CACHE"):
        return Path(chosen).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "thaw"


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


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # released by the kernel however this process ends
        yield file.fileno()


def _install(name: str, tool: Path, lock: int) -> None:
    # Whoever holds the lock is alone, so a partial folder was left by an installation that was killed.
    for leftover in tool.parent.glob(f"{tool.name}.partial-*"):
        shutil.rmtree(leftover)
    partial = Path(tempfile.mkdtemp(prefix=f"{tool.name}.partial-", dir=tool.parent))
    try:
        _fill(name, partial, lock)
        partial.rename(tool)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _fill(name: str, target: Path, lock: int) -> None:
    command = _command(name, target, *(["--compile-bytecode"] if name in _BYTE_COMPILED else []))
    # uv shares the lock: where this process is killed and uv is not, the next installation waits for uv to end.
    result = subprocess.run(command, check=False, capture_output=True, text=True, pass_fds=[lock])
    if result.returncode != 0:
        raise ToolUnavailableError(
            f"the tool {name} could not be installed:\n{result.stderr.strip()}",
            change="check the connection to the package index (uv's own settings apply), then run the command again",
        )


def _command(name: str, target: Path, *flags: str) -> list[str]:
    return [
        *(uv.find_uv_bin(), "pip", "install", "--quiet", "--python", sys.executable, "--target", str(target)),
        # A lock is complete, and of some tools it leaves the dependencies out on purpose.
        *("--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(LOCKS / f"{name}.txt")),
        *flags,
    ]
