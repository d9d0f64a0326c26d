"""The CPython that an artifact brings along: found, described, copied."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from constructs_lib.bundling import elf
from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.recipe import Architecture

# Parts of the standard library that a function does not use: tests, graphical tools, installers, what only serves to
# compile extensions against the interpreter, what needs a terminal (pdb, cmd and code do without readline), sound
# devices, and Windows.
TRIMMED = (
    "__pycache__", "config-*", "ensurepip", "idlelib", "lib2to3", "msilib", "pydoc_data", "site-packages",
    "dist-packages", "sitecustomize.py", "usercustomize.py", "test", "tests", "tkinter", "turtle.py", "turtledemo",
    "venv", "curses", "_curses*", "readline.*.so", "ossaudiodev.*", "_ctypes_test.*", "_test*", "_tkinter.*",
    "_xxtestfuzz.*", "nis.*", "xxlimited*", "xxsubtype.*", "EXTERNALLY-MANAGED",
)  # fmt: skip
SUPPORTED = ((3, 11), (3, 14))


class InterpreterError(BundlingError):
    """The Python to bundle cannot be used."""

    id = "THAW001"


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """A CPython on disk, of this or another architecture.

    Attributes:
        executable: the real file, links followed.
        version: ``3.13`` for example.
        standard_library: the folder of ``os.py``.
        architecture: of the executable.
        loader: the dynamic loader it asks for; absolute on its own system.
        sysroot: the folder that is ``/`` for it: ``/`` itself, or the root of an unpacked foreign system.
    """

    executable: Path
    version: str
    standard_library: Path
    architecture: Architecture
    loader: str
    sysroot: Path

    @property
    def is_native(self) -> bool:
        """Whether it is the kind of CPython that can run here, libraries included."""
        return self.sysroot == Path("/")

    @cache  # noqa: B019 - values live as long as the process, and there are one or two of them
    def digest(self) -> str:
        """64 hexadecimal digits that change with the executable, its own library, or the standard library's files."""
        listing = [
            (str(file.relative_to(self.standard_library)), file.stat().st_size)
            for file in _files_taken(self.standard_library)
        ]
        parts = [hashlib.sha256(file.read_bytes()).hexdigest() for file in self._binaries()]
        return hashlib.sha256(json.dumps([self.version, *parts, listing]).encode()).hexdigest()

    def _binaries(self) -> list[Path]:
        libraries = sorted(self.standard_library.parent.glob(f"libpython{self.version}.so.*"))
        return [self.executable, *libraries]


def find(python: Path | None, architecture: Architecture) -> Interpreter:
    """The interpreter to bundle.

    Args:
        python: an executable or a prefix; default the base interpreter of the Python that runs this.
        architecture: of the target.

    Raises:
        InterpreterError: there is none there, or it is of another architecture, or too old or too new.
    """
    interpreter = _describe(_executable(python))
    if interpreter.architecture != architecture:
        raise InterpreterError(
            "the Python to bundle is of another architecture than the function",
            received=f"{interpreter.executable} is {interpreter.architecture}",
            allowed=f"a CPython for {architecture}",
            change=f"pass python= (--python) a CPython for {architecture}, an unpacked python-build-standalone tree "
            f"for example, or set architecture to {interpreter.architecture}",
        )
    return interpreter


def _executable(python: Path | None) -> Path:
    if python is None:
        return Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    candidates = [python] if not python.is_dir() else sorted((python / "bin").glob("python3.[0-9][0-9]"))
    for candidate in candidates:
        if candidate.is_file():
            return _base(candidate)
    raise InterpreterError(
        "there is no Python to bundle",
        received=python,
        allowed="a CPython's executable, or a prefix with bin/python3.N in it",
        change="correct python= (--python), or leave it out to bundle the Python that runs the build",
    )


def _base(executable: Path) -> Path:
    """The interpreter behind a virtual environment's, which is a link to it or says where it is."""
    configuration = executable.parent.parent / "pyvenv.cfg"
    if executable.is_symlink() or not configuration.is_file():
        return executable.resolve()
    settings = dict(line.split(" = ", 1) for line in configuration.read_text().splitlines() if " = " in line)
    return (Path(settings["home"]) / executable.name).resolve()


@cache
def _describe(executable: Path) -> Interpreter:
    facts = elf.read(executable) if executable.is_file() else None
    if facts is None or facts.interpreter is None or not isinstance(facts.machine, Architecture):
        raise InterpreterError(
            "the Python to bundle is not a dynamically linked Linux executable for x86_64 or arm64",
            received=executable,
            allowed="CPython 3.11 to 3.14, linked to glibc",
            change="name the interpreter itself, not a wrapper script",
        )
    version = _version(executable)
    sysroot = _sysroot(executable, facts.interpreter)
    _check_loader(sysroot / facts.interpreter.lstrip("/"))
    return Interpreter(
        executable=executable,
        version=version,
        standard_library=executable.parent.parent / "lib" / f"python{version}",
        architecture=facts.machine,
        loader=facts.interpreter,
        sysroot=sysroot,
    )


def _version(executable: Path) -> str:
    folders = sorted((executable.parent.parent / "lib").glob("python3.*/os.py"))
    versions = [folder.parent.name.removeprefix("python") for folder in folders]
    version = executable.name.removeprefix("python")
    if version not in versions:
        version = versions[0] if len(versions) == 1 else ""
    # A free-threaded build calls itself 3.13t.
    is_plain = re.fullmatch(r"3\.\d+", version)
    number = tuple(int(part) for part in version.split(".")) if is_plain else (0, 0)
    if not SUPPORTED[0] <= number <= SUPPORTED[1]:
        raise InterpreterError(
            "this Python cannot be bundled",
            received=f"{executable} with standard libraries {versions or 'none'} beside it",
            allowed="CPython 3.11 to 3.14 with its standard library in ../lib/python3.N",
            change="pass python= (--python) the prefix of such an installation",
        )
    return version


def _sysroot(executable: Path, loader: str) -> Path:
    # /usr/bin/python3 -> /; /srv/arm64/usr/bin/python3 with /srv/arm64/lib/ld-linux-aarch64.so.1 -> /srv/arm64.
    for folder in executable.parents:
        if (folder / loader.lstrip("/")).exists():
            return folder
    raise InterpreterError(
        "the C library of the Python to bundle is not there",
        received=f"{executable} asks for {loader}",
        allowed=f"{loader} below one of the folders above the executable",
        change="unpack the target system's C library (Debian: libc6) into the folder that is / for this Python",
    )


def _check_loader(loader: Path) -> None:
    # The launcher starts the loader with it, so that sys.executable is right; glibc's NEWS for 2.33.
    if b"--argv0" not in loader.read_bytes():
        raise InterpreterError(
            "the C library of the Python to bundle is too old",
            received=f"{loader} does not know --argv0",
            allowed="glibc 2.33 (2021) or newer; the artifact brings it along, whatever Lambda has",
            change="build on a newer system, or pass python= (--python) a CPython of an unpacked newer one",
        )


def _files_taken(standard_library: Path) -> Iterator[Path]:
    # Walks what is copied and nothing else: site-packages may hold a hundred thousand files.
    leave_out = shutil.ignore_patterns(*TRIMMED)
    for parent, folders, names in os.walk(standard_library):
        trimmed = leave_out(parent, [*folders, *names])
        folders[:] = sorted(set(folders) - trimmed)
        yield from (Path(parent) / name for name in sorted(set(names) - trimmed))


def copy(interpreter: Interpreter, home: Path) -> None:
    """Copies executable and standard library into a new folder ``home``, trimmed and without debug symbols."""
    (home / "bin").mkdir(parents=True)
    shutil.copytree(
        interpreter.standard_library,
        home / "lib" / interpreter.standard_library.name,
        ignore=shutil.ignore_patterns(*TRIMMED),
        copy_function=copy_stripped,
    )
    copy_stripped(interpreter.executable, home / "bin" / f"python{interpreter.version}")


def copy_stripped(source: str | Path, target: str | Path) -> None:
    """Copies one file with its mode; an ELF file without its symbols."""
    source, target = Path(source), Path(target)
    data = source.read_bytes()
    target.write_bytes(elf.without_symbols(data) if data.startswith(elf.MAGIC) else data)
    target.chmod(0o755 if source.stat().st_mode & 0o111 else 0o644)


def compile_all(folder: Path, *, shown_as: str, interpreter: Interpreter) -> None:
    """Byte-compiles a folder in place; the files are used without a look at their sources (unchecked).

    Lambda mounts code read-only and its files' times are not the build's, so a checked pyc would be stale and never
    replaced. Tracebacks show paths below ``shown_as``, where Lambda mounts the code, not those of the build.

    Raises:
        InterpreterError: no Python of the same version can run here.
    """
    command = [
        str(compiler(interpreter)),
        *("-I", "-W", "ignore", "-m", "compileall", "-qq", "-j", "0"),
        *("--invalidation-mode", "unchecked-hash"),
        *("-s", str(folder), "-p", shown_as, str(folder)),
    ]
    # A file that does not compile (a template, code for another version) stays a source file; importing it says why.
    # Nothing is said of it; words are those of an interpreter that cannot run.
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode < 0 or result.stderr:
        raise InterpreterError(
            "the Python to bundle cannot compile the bundled code",
            received=result.stderr.strip() or f"{command[0]} ended with {result.returncode}",
            change=f"check that {command[0]} runs, or pass another python= (--python)",
        )


def compiler(interpreter: Interpreter) -> Path:
    """A Python that runs here and writes the bytecode that ``interpreter`` reads.

    Raises:
        InterpreterError: there is none; an interpreter for another architecture needs one of its version beside it.
    """
    if interpreter.is_native:
        return interpreter.executable
    own = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if own == interpreter.version:
        return Path(sys.executable)
    found = shutil.which(f"python{interpreter.version}")
    if found is None:
        raise InterpreterError(
            f"byte-compiling for another architecture needs a Python {interpreter.version} that runs here",
            received=f"Python {own}",
            allowed=f"python{interpreter.version} on PATH",
            change=f"install Python {interpreter.version}, or bundle a Python {own}",
        )
    return Path(found)
