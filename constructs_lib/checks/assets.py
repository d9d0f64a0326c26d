"""The files behind a function, where the cloud assembly has them: whether Lambda can unpack and start them."""

import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from constructs_lib.bundling.checks import BootstrapError, check_bootstrap, check_machine
from constructs_lib.bundling.elf import MAGIC
from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.executable import MACHINES
from constructs_lib.bundling.limits import OPERATING_SYSTEMS, UNZIPPED_BYTES, OperatingSystem, megabytes
from constructs_lib.bundling.loading import TaskRoot, check_loading
from constructs_lib.bundling.recipe import Architecture
from constructs_lib.checks.catalogue import Fault, error
from constructs_lib.checks.resources import Application, Resource
from constructs_lib.checks.runtimes import architecture_of, layers_of
from constructs_lib.checks.values import items, text

_BOOTSTRAP = "bootstrap"
_HEAD = 256
_EXECUTABLE = 0o111
_ALLOWED = "an executable file named bootstrap at the top of the code, for the function's architecture"


@error("THAW175", fix="put an executable that the operating system can start into the code, named bootstrap")
def bootstrap_unstartable(application: Application) -> Iterator[Fault]:
    """A function on an OS-only runtime would end with Runtime.InvalidEntrypoint, or exit before its first invocation."""
    look = cache(_look)  # functions share their code, and one look at it costs milliseconds
    for function in application.functions:
        runtime, path = text(function.get("Runtime")), _asset(function, "Code")
        architecture = architecture_of(function)
        if path is None or runtime not in OPERATING_SYSTEMS or architecture not in set(Architecture):
            continue
        has_layers = bool(items(function.get("Layers")))
        found = look(path, Architecture(architecture), OperatingSystem(runtime), has_layers=has_layers)
        if found is not None:
            yield Fault(
                function,
                f"cannot be started from {path.name}",
                found.received,
                found.allowed or _ALLOWED,
                "Code",
                found.change,
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


def _look(
    path: Path, architecture: Architecture, system: OperatingSystem, *, has_layers: bool
) -> BundlingError | None:
    """Why the operating system cannot start the code, where that is certain."""
    try:
        if path.is_dir():
            _look_into_folder(path, architecture, system, has_layers=has_layers)
        else:
            _look_into_archive(path, architecture, has_layers=has_layers)
    except (OSError, zipfile.BadZipFile) as error:
        return _unstartable(f"code that cannot be read ({error})")
    except BundlingError as error:
        return error
    return None


def _look_into_folder(
    path: Path, architecture: Architecture, system: OperatingSystem, *, has_layers: bool
) -> None:
    if has_layers and not (path / _BOOTSTRAP).exists():
        return  # a layer may bring it
    check_bootstrap(path.name, path, architecture)
    files = {Path(entry.path).relative_to(path).as_posix(): Path(entry.path) for entry in _files(path)}
    check_loading(
        TaskRoot(
            function=path.name, files=files, architecture=architecture, system=system, has_layers=has_layers
        )
    )


def _look_into_archive(path: Path, architecture: Architecture, *, has_layers: bool) -> None:
    """As of a folder, but no further than the beginning of the file: unpacking many megabytes takes seconds."""
    contents = _contents(path, path.stat().st_mtime_ns)
    if contents.bootstrap is None:
        if not has_layers:
            raise _unstartable("no file bootstrap")
        return
    mode, head = contents.bootstrap
    if not mode & _EXECUTABLE:
        raise _unstartable(
            "mode without the executable bit", f"chmod +x {_BOOTSTRAP}, and zip it on Linux or macOS"
        )
    if head.startswith(MAGIC):
        names = {number: str(name) for name, number in MACHINES.items()}
        machine = int.from_bytes(head[18:20], "little")
        check_machine(path.name, Path(_BOOTSTRAP), names.get(machine, f"machine {machine}"), architecture)
    elif not head.startswith(b"#!"):
        raise _unstartable(f"a file that begins {head[:16]!r}", "start with an ELF file or a #! line")
    elif head.partition(b"\n")[0].endswith(b"\r"):
        raise _unstartable(
            "a script with Windows line ends, whose interpreter Linux will not find", "save it with LF"
        )


@dataclass(frozen=True)
class _Contents:
    """What two checks want to know of an archive.

    Attributes:
        unzipped_bytes: of all its files.
        bootstrap: mode and beginning of the file of that name; None where there is none.
    """

    unzipped_bytes: int
    bootstrap: tuple[int, bytes] | None


@cache
def _contents(path: Path, _changed: int) -> _Contents:
    """Read once: the directory of an archive of thousands of files takes 40 ms."""
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
        if _BOOTSTRAP not in archive.NameToInfo:
            return _Contents(size, None)
        bootstrap = archive.getinfo(_BOOTSTRAP)
        with archive.open(bootstrap) as opened:
            return _Contents(size, (bootstrap.external_attr >> 16, opened.read(_HEAD)))


def _unstartable(received: str, change: str = "put the executable there") -> BootstrapError:
    return BootstrapError(
        "the bootstrap cannot be started", received=received, allowed=_ALLOWED, change=change
    )


def _unzipped_bytes(path: Path) -> int:
    try:
        if path.is_dir():
            return sum(entry.stat(follow_symlinks=False).st_size for entry in _files(path))
        return _contents(path, path.stat().st_mtime_ns).unzipped_bytes
    except (OSError, zipfile.BadZipFile):
        return 0  # for whoever can read it to judge


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path))
            elif entry.is_file():
                yield entry
