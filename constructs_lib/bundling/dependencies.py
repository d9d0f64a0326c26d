"""Installs a handler's requirements for the target, with uv."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import uv

from constructs_lib.bundling import service_models
from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.interpreter import Interpreter
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
    command = [
        uv.find_uv_bin(),
        *(
            "pip",
            "install",
            "--quiet",
            "--no-config",
            "--target",
            str(folder),
            "--requirements",
            str(requirements),
        ),
        *_target(interpreter),
    ]
    # The virtual environment of the build must not take part in resolving the function's.
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    result = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if result.returncode != 0:
        raise _explained(requirements, result.stderr, interpreter)
    for name in LEFT_OUT:
        _remove(folder / name)
    service_models.shrink(folder)


def _target(interpreter: Interpreter) -> list[str]:
    if interpreter.is_native:
        return ["--python", str(interpreter.executable)]
    return [
        *("--python-version", interpreter.version, "--only-binary", ":all:"),
        *("--python-platform", PLATFORMS[interpreter.architecture]),
    ]


def _explained(requirements: Path, words: str, interpreter: Interpreter) -> DependencyError:
    # The registry's address may carry credentials.
    said = re.sub(r"(https?://)\S*@", r"\1***@", words.strip())
    return DependencyError(
        f"the requirements of {requirements} cannot be installed",
        received=said,
        allowed=f"packages with a wheel for CPython {interpreter.version} on {interpreter.architecture}",
        change="correct the requirements, or choose another python= or architecture",
    )


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
