"""Pre-flight: what Lambda would only refuse at deployment or at run time is refused here.

Each check is a pure look at what was built or configured, and each failure names the function, the value, the limit
and the way out.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from constructs_lib.bundling import elf
from constructs_lib.bundling.artifact import Artifact
from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.limits import ENVIRONMENT_BYTES, UNZIPPED_BYTES, megabytes
from constructs_lib.bundling.recipe import Architecture


class BootstrapError(BundlingError):
    """The file that Lambda starts is not there or cannot be started."""

    id = "THAW005"


class NotAProgramError(BootstrapError):
    """The bootstrap is a file of another kind than a Linux program or a script."""

    id = "THAW020"


class MachineError(BootstrapError):
    """A program or library is for another processor."""

    id = "THAW021"


class UnzippedSizeError(BundlingError):
    """The task root is larger than Lambda unpacks."""

    id = "THAW007"


class EnvironmentSizeError(BundlingError):
    """The environment variables together are larger than Lambda takes."""

    id = "THAW008"


def check_bootstrap(function: str, root: Path, architecture: Architecture) -> None:
    """Checks the file that Lambda starts, ``bootstrap`` at the top of ``root``.

    Raises:
        BootstrapError: it is missing, empty, not executable, or a script with Windows line ends.
        NotAProgramError: it is neither a Linux program nor a script.
        MachineError: it is for another processor.
    """
    check_program(function, root / "bootstrap", architecture)


def check_program(function: str, bootstrap: Path, architecture: Architecture) -> None:
    """As ``check_bootstrap``, of a file that may still have another name.

    Raises:
        BootstrapError: as there.
    """
    if not bootstrap.is_file():
        found = "a folder" if bootstrap.is_dir() else "no file"
        raise _unstartable(
            function, f"{found} {bootstrap.name} in {bootstrap.parent}", "put the executable there"
        )
    if not bootstrap.stat().st_mode & 0o111:
        raise _unstartable(function, "mode without the executable bit", f"chmod +x {bootstrap}")
    with bootstrap.open("rb") as file:
        beginning = file.readline(256)
    if beginning.startswith(elf.MAGIC):
        _check_elf(function, bootstrap, architecture)
    elif beginning.startswith(b"#!"):
        _check_line_end(function, beginning)
    else:
        raise _not_a_program(function, *_described(beginning))


def check_machine(function: str, file: Path, machine: str, architecture: Architecture) -> None:
    """Checks that an ELF file is for the function's processor.

    Raises:
        MachineError: it is for another one.
    """
    if machine != architecture:
        raise MachineError(
            f"function {function!r}: {file.name} cannot run on its processor",
            received=f"an executable for {machine}",
            allowed=f"64-bit {architecture}, little-endian",
            change=f"build it for {architecture}"
            + (", or set architecture to its own" if machine in set(Architecture) else ""),
        )


def check_sizes(function: str, artifact: Artifact) -> None:
    """Checks an artifact against the limit of what Lambda unpacks.

    Raises:
        UnzippedSizeError: over 250 MB.
    """
    files = (path for path in artifact.root.rglob("*") if path.is_file())
    sizes = ((str(path.relative_to(artifact.root)), path.stat().st_size) for path in files)
    check_unzipped(function, artifact.unzipped_bytes, sizes)


def check_unzipped(function: str, total: int, files: Iterable[tuple[str, int]]) -> None:
    """Checks the size of a task root.

    Args:
        function: its name, for messages.
        total: the bytes of all files.
        files: path and size of each, read in case of an error only.

    Raises:
        UnzippedSizeError: over 250 MB.
    """
    if total > UNZIPPED_BYTES:
        largest = ", ".join(f"{name} {megabytes(size)}" for name, size in _largest_parts(files))
        raise UnzippedSizeError(
            f"function {function!r}: the unzipped artifact is too large",
            received=f"{megabytes(total)}; the largest parts unzipped: {largest}",
            allowed=f"at most {megabytes(UNZIPPED_BYTES)}, layers included",
            change="leave out what the function does not use, or deploy it as a container image (10 GB)",
        )


def check_environment(function: object, variables: Mapping[str, str]) -> None:
    """Checks environment variables against Lambda's limit of 4 KB for all of them.

    Raises:
        EnvironmentSizeError: they are larger.
    """
    size = len(json.dumps(dict(variables), separators=(",", ":"), ensure_ascii=False).encode())
    if size > ENVIRONMENT_BYTES:
        largest = max(variables, key=lambda name: len(variables[name]))
        raise EnvironmentSizeError(
            f"function '{function}': the environment variables are too large",
            received=f"{size:,} bytes, {largest} the largest of them",
            allowed=f"at most {ENVIRONMENT_BYTES:,} bytes for names and values together",
            change="move large values into Parameter Store, Secrets Manager or an S3 object and pass their names",
        )


# By how a file begins, what it is and what to do about it.
_ELSEWHERE = (
    "build it for Linux: zig cc -target, GOOS=linux, cargo zigbuild, or native-image in a Linux container"
)
_OTHER_FILES = {
    b"MZ": ("a Windows program", _ELSEWHERE),
    b"\xfe\xed\xfa": ("a macOS program", _ELSEWHERE),
    b"\xcf\xfa\xed\xfe": ("a macOS program", _ELSEWHERE),
    b"\xce\xfa\xed\xfe": ("a macOS program", _ELSEWHERE),
    b"\xca\xfe\xba\xbe\0\0\0\x02": ("a macOS program for two processors", _ELSEWHERE),
    b"\xca\xfe\xba\xbe": ("a Java class", "compile it with native-image, or use ManagedRuntimeFunction"),
    b"PK\3\4": (
        "a zip or jar",
        "give binary= the folder that it was made of; for a jar use ManagedRuntimeFunction",
    ),
    b"!<arch>": ("a static library", "link it into an executable"),
    b"\0asm": ("a WebAssembly module", "add a native program that runs it"),
    b"\xef\xbb\xbf#!": ("a script behind a byte order mark", "save it as UTF-8 without BOM"),
    b"\xff\xfe": ("text in UTF-16", "save it as UTF-8 without BOM"),
}


def _described(beginning: bytes) -> tuple[str, str]:
    for magic, known in _OTHER_FILES.items():
        if beginning.startswith(magic):
            return known
    if not beginning:
        return "an empty file", "build it anew"
    return f"a file that begins {beginning[:16]!r}", "start with an ELF file or a #! line"


def _check_elf(function: str, bootstrap: Path, architecture: Architecture) -> None:
    facts = elf.read(bootstrap)
    if facts is None:
        raise _not_a_program(function, "a damaged ELF file", "build or copy it anew")
    check_machine(function, bootstrap, facts.machine, architecture)
    if facts.kind != elf.PROGRAM:
        raise _not_a_program(function, f"an ELF file that is a {facts.kind}", "link it into an executable")


def _check_line_end(function: str, first_line: bytes) -> None:
    if first_line.endswith(b"\r\n"):
        raise _unstartable(
            function,
            "a script with Windows line ends, whose interpreter Linux will not find",
            "save it with LF",
        )


def _not_a_program(function: str, received: str, change: str) -> NotAProgramError:
    return NotAProgramError(
        f"function {function!r}: its bootstrap is not a program",
        received=received,
        allowed="a Linux executable for the function's architecture, or a script that begins with #!",
        change=change,
    )


def _unstartable(function: str, received: str, change: str) -> BootstrapError:
    return BootstrapError(
        f"function {function!r}: its bootstrap cannot be started",
        received=received,
        allowed="an executable file named bootstrap at the top of the task root, for the function's architecture",
        change=change,
    )


def _largest_parts(files: Iterable[tuple[str, int]], count: int = 3) -> list[tuple[str, int]]:
    parts: dict[str, int] = {}
    for path, size in files:
        names = path.split("/")
        name = "/".join(names[: 3 if names[0] == "thaw" else 1])
        parts[name] = parts.get(name, 0) + size
    return sorted(parts.items(), key=lambda item: -item[1])[:count]
