"""The files behind a function, where the cloud assembly has them: whether Lambda can unpack and start them."""

import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from constructs_lib.bundling.elf import MAGIC
from constructs_lib.bundling.executable import MACHINES
from constructs_lib.bundling.limits import UNZIPPED_BYTES, megabytes
from constructs_lib.checks.catalogue import Fault, error
from constructs_lib.checks.resources import Application, Resource
from constructs_lib.checks.runtimes import architecture_of, layers_of
from constructs_lib.checks.values import items, text

_BOOTSTRAP = "bootstrap"
_HEAD = 256
_EXECUTABLE = 0o111


@dataclass(frozen=True)
class Bootstrap:
    """The file that Lambda starts.

    Attributes:
        mode: of the file, as ``stat`` has it.
        head: its first bytes.
    """

    mode: int
    head: bytes


@error(
    "THAW175",
    fix="put an executable file named bootstrap at the top of the code, for the function's architecture",
)
def bootstrap_unstartable(application: Application) -> Iterator[Fault]:
    """A function on an OS-only runtime ends with Runtime.InvalidEntrypoint or an exec format error when it is first invoked."""
    unstartable = cache(_unstartable)  # functions share their code, and one look at it costs milliseconds
    for function in application.functions:
        path = _asset(function, "Code")
        if path is not None and (text(function.get("Runtime")) or "").startswith("provided"):
            received = unstartable(path, architecture_of(function))
            # A layer may bring it as /opt/bootstrap.
            if received and not (received.startswith("no file") and items(function.get("Layers"))):
                yield Fault(
                    function,
                    "cannot be started",
                    f"{received} in {path.name}",
                    "an executable file named bootstrap at the top of the code: an ELF file for the function's "
                    "architecture, or a script whose first line is #! and an interpreter and ends in LF",
                    "Code",
                )


@error(
    "THAW176",
    fix="leave out what the handler does not need, or deploy the function as a container image (10 GB)",
)
def code_too_large(application: Application) -> Iterator[Fault]:
    """Lambda unpacks 250 MB of code and layers together at most."""
    unzipped_bytes = cache(_unzipped_bytes)
    for function in application.functions:
        parts = [(function, "Code"), *((layer, "Content") for layer in layers_of(application, function))]
        paths = filter(None, (_asset(resource, prop) for resource, prop in parts))
        size = sum(map(unzipped_bytes, paths))
        if size > UNZIPPED_BYTES:
            yield Fault(
                function,
                "has more code than Lambda unpacks",
                f"{megabytes(size)} with its layers",
                f"at most {megabytes(UNZIPPED_BYTES)}",
                "Code",
            )


def _asset(resource: Resource, prop: str) -> Path | None:
    path = resource.stack.assets.get(text(resource.get(prop, "S3Key")) or "")
    return path if path is not None and path.exists() else None


def _unstartable(path: Path, architecture: str | None) -> str | None:
    """What is wrong with the bootstrap in a folder or an archive; ``None`` where nothing is."""
    try:
        bootstrap = _in_folder(path) if path.is_dir() else _in_archive(path)
    except (OSError, zipfile.BadZipFile) as error:
        return f"unreadable code ({error})"
    if bootstrap is None:
        return "no file bootstrap"
    if not bootstrap.mode & _EXECUTABLE:
        return "a bootstrap without the executable bit"
    return _not_for(architecture, bootstrap.head)


def _not_for(architecture: str | None, head: bytes) -> str | None:
    if head.startswith(MAGIC):
        machine = int.from_bytes(head[18:20], "little")
        names = {number: str(name) for name, number in MACHINES.items()}
        built_for = names.get(machine, f"machine {machine}")
        return None if architecture in (None, built_for) else f"a bootstrap for {built_for}"
    line = head.partition(b"\n")[0]
    if not line.startswith(b"#!"):
        return f"a bootstrap that is neither an ELF file nor a script: it begins {head[:16]!r}"
    return (
        "a bootstrap with Windows line ends, whose interpreter Linux will not find"
        if line.endswith(b"\r")
        else None
    )


def _in_folder(path: Path) -> Bootstrap | None:
    file = path / _BOOTSTRAP
    if not file.is_file():
        return None
    with file.open("rb") as opened:
        return Bootstrap(file.stat().st_mode, opened.read(_HEAD))


def _in_archive(path: Path) -> Bootstrap | None:
    with zipfile.ZipFile(path) as archive:
        if _BOOTSTRAP not in archive.namelist():
            return None
        member = archive.getinfo(_BOOTSTRAP)
        with archive.open(member) as opened:
            return Bootstrap(member.external_attr >> 16, opened.read(_HEAD))


def _unzipped_bytes(path: Path) -> int:
    try:
        if path.is_dir():
            return sum(entry.stat(follow_symlinks=False).st_size for entry in _files(path))
        with zipfile.ZipFile(path) as archive:
            return sum(member.file_size for member in archive.infolist())
    except (OSError, zipfile.BadZipFile):
        return 0  # for whoever can read it to judge


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path))
            elif stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
                yield entry
