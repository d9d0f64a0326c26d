"""Installs a handler's requirements for the target, with uv."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import uv

from constructs_lib.bundling import service_models
from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.interpreter import SUPPORTED, Interpreter
from constructs_lib.bundling.recipe import Architecture

# glibc 2.28 (2018) is what wheels are commonly built against; the bundled C library is newer.
PLATFORMS = {
    Architecture.X86_64: "x86_64-manylinux_2_28",
    Architecture.ARM64: "aarch64-manylinux_2_28",
}
# Installed by uv, read by nobody at run time: links to scripts with the build's paths in them, and its own lock.
LEFT_OUT = ("bin", ".lock")


# In a requirements file: another one that takes part, relative to the folder of the first.
INCLUDED = re.compile(r"^\s*(?:-[rc]|--requirements?|--constraints?)[ =]*([^\s#]+)", re.MULTILINE)


class DependencyError(BundlingError):
    """The requirements cannot be installed for the target."""

    id = "THAW004"


def files(requirements: Path) -> list[Path]:
    """A requirements file and every file that it includes, in order.

    Raises:
        DependencyError: one of them is not there or is not text.
    """
    found: list[Path] = []
    waiting = [requirements]
    while waiting:
        file = waiting.pop(0)
        if file not in found:
            found.append(file)
            waiting.extend(file.parent / name for name in INCLUDED.findall(_text(file)))
    return found


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, ValueError) as error:
        raise DependencyError(
            "a requirements file cannot be read",
            received=f"{file}: {error}",
            allowed="text in UTF-8",
            change="correct the file, or the name in the one that includes it",
        ) from error


def install(requirements: Path, folder: Path, interpreter: Interpreter) -> None:
    """Installs into ``folder`` what a requirements file asks for; hashes in it are verified.

    For the build's own architecture, packages without a wheel are built; for another one only wheels will do. What only
    generators of documentation read is left out, see ``service_models``.

    Raises:
        DependencyError: with uv's own words.
    """
    target = (
        ["--python", str(interpreter.executable)]
        if interpreter.is_native
        else _foreign(interpreter.version, interpreter.architecture)
    )
    _install(requirements, folder, target, f"CPython {interpreter.version} on {interpreter.architecture}")
    for name in LEFT_OUT:
        _remove(folder / name)
    service_models.shrink(folder)


def install_locked(lock: Path, folder: Path, architecture: Architecture) -> None:
    """Installs a lock with hashes whose wheels are for any supported Python, for Linux on ``architecture``.

    Raises:
        DependencyError: with uv's own words.
    """
    oldest = ".".join(map(str, SUPPORTED[0]))
    target = ["--python", sys.executable, *_foreign(oldest, architecture), "--require-hashes", "--no-deps"]
    _install(lock, folder, target, f"Linux on {architecture}")


def _foreign(version: str, architecture: Architecture) -> list[str]:
    return [
        *("--python-version", version, "--only-binary", ":all:"),
        *("--python-platform", PLATFORMS[architecture]),
    ]


def _install(requirements: Path, folder: Path, target: list[str], described: str) -> None:
    command = [
        *(uv.find_uv_bin(), "pip", "install", "--quiet", "--no-config"),
        *("--target", str(folder), "--requirements", str(requirements), *target),
    ]
    # The virtual environment of the build must not take part in resolving the function's.
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    result = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if result.returncode != 0:
        raise _explained(requirements, result.stderr, described)


def _explained(requirements: Path, words: str, target: str) -> DependencyError:
    # The registry's address may carry credentials.
    said = re.sub(r"(https?://)\S*@", r"\1***@", words.strip())
    return DependencyError(
        f"the requirements of {requirements} cannot be installed",
        received=said,
        allowed=f"packages with a wheel for {target}",
        change="correct the requirements, or choose another python= or architecture",
    )


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
