"""Installs a handler's requirements for the target, with uv."""

import errno
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path, PurePosixPath

import uv

from constructs_lib.bundling import cache, service_models
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
# How uv, which is written in Rust, ends its words where the disk is full.
NO_SPACE = f"(os error {errno.ENOSPC})"
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


def install(requirements: Path, folder: Path, interpreter: Interpreter, *, present: Path) -> None:
    """Installs into ``folder`` what a requirements file asks for; hashes in it are verified.

    Packages in ``present`` that will do are not installed again; others of the same names are installed beside them. For the build's own architecture, packages without a wheel are built; for another one only wheels will do. What only
    generators of documentation read is left out, see ``service_models``.

    Raises:
        DependencyError: with uv's own words.
    """
    target = (
        ["--python", str(interpreter.executable)]
        if interpreter.is_native
        else _foreign(interpreter.version, interpreter.architecture)
    )
    if present.is_dir():
        cache.link_tree(present, folder)
    _install(requirements, folder, target, f"CPython {interpreter.version} on {interpreter.architecture}")
    if present.is_dir():
        _remove_linked(folder, present)
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


def required_modules(folder: Path) -> list[str]:
    """The modules of those installed packages that a requirements file named, and not only another package.

    Of a package that lies in a namespace, the dotted name. Names with an underscore at the front are private.
    """
    found: set[str] = set()
    for each in distributions(path=[str(folder)]):
        # What an installer leaves there, https://packaging.python.org/en/latest/specifications/recording-installed-packages/
        if each.read_text("REQUESTED") is not None:
            found |= _modules([PurePosixPath(file) for file in each.files or ()])
    return sorted(found)


def _modules(files: list[PurePosixPath]) -> set[str]:
    packages = {file.parent for file in files if file.name == "__init__.py"}
    outermost = {package for package in packages if not packages.intersection(package.parents)}
    alone = {file.with_name(file.name.partition(".")[0]) for file in files if _is_module(file)}
    names = {".".join(each.parts) for each in outermost | alone}
    return {
        name for name in names if not name.startswith("_") and all(map(str.isidentifier, name.split(".")))
    }


def _is_module(file: PurePosixPath) -> bool:
    return len(file.parts) == 1 and file.suffix in {".py", ".so"}


def _remove_linked(folder: Path, present: Path) -> None:
    """Removes what uv has left as it was: it puts a new file in place of every one that it changes."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            file = Path(parent) / name
            there = present / file.relative_to(folder)
            if there.exists() and there.samefile(file):
                file.unlink()
        if not any(Path(parent).iterdir()):
            Path(parent).rmdir()


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
    if NO_SPACE in result.stderr:
        # The cache says what to do about it.
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
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
