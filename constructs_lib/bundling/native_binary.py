"""A ready-made executable as a function's artifact: checked, and zipped as ``bootstrap`` with its executable bit.

It may come from any compiler: GraalVM's native-image, Rust, Go, C, Scala Native; or be a script for a shell.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from constructs_lib.bundling import archive, cache, checks, fingerprinting
from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.limits import OperatingSystem
from constructs_lib.bundling.loading import TaskRoot, check_loading
from constructs_lib.bundling.recipe import Architecture

ARCHIVE = "function.zip"
BOOTSTRAP = "bootstrap"


class BinaryFolderError(BundlingError):
    """The folder of an executable holds something that cannot be part of an artifact."""

    id = "THAW029"


@dataclass(frozen=True, kw_only=True)
class NativeBinary:
    """The inputs of one artifact.

    Attributes:
        function: its name, for messages.
        path: an executable, or a folder that holds one named ``bootstrap`` and becomes the task root.
        architecture: of the function.
        system: the operating system that starts it.
        has_layers: whether the function has layers, which may bring libraries.
    """

    function: str
    path: Path
    architecture: Architecture
    system: OperatingSystem
    has_layers: bool = False


@dataclass(frozen=True, kw_only=True)
class CheckedBinary:
    """An executable that will start, as far as can be known.

    Attributes:
        files: everything in the task root, by path.
        fingerprint: 64 hexadecimal digits over paths, executable bits and contents.
        unsure: sentences about what cannot be known.
    """

    files: dict[str, Path]
    fingerprint: str
    unsure: list[str]


def check(binary: NativeBinary) -> CheckedBinary:
    """Checks that Lambda will be able to start a binary; nothing is written.

    Raises:
        BootstrapError: it cannot be started; subclasses say why.
        BinaryFolderError: its folder holds something that cannot be part of an artifact.
        UnzippedSizeError: it is over 250 MB.
    """
    try:
        return _check(binary)
    except OSError as error:
        raise BinaryFolderError(
            f"function {binary.function!r}: its files cannot be read",
            received=error,
            change="correct the permissions, or binary",
        ) from error


def pack(checked: CheckedBinary) -> Path:
    """The zip of a binary, made or found in the build cache.

    Raises:
        CacheError: it cannot be written.
    """

    def make(scratch: Path) -> None:
        root = scratch / "root"
        for name, file in checked.files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, root / name)
        archive.add(root, scratch / ARCHIVE)
        shutil.rmtree(root)

    folder, _ = cache.get_or_make("native-binaries", checked.fingerprint, make)
    return folder / ARCHIVE


def _check(binary: NativeBinary) -> CheckedBinary:
    is_folder = binary.path.is_dir()
    checks.check_program(
        binary.function, binary.path / BOOTSTRAP if is_folder else binary.path, binary.architecture
    )
    files = dict(_files(binary.path)) if is_folder else {BOOTSTRAP: binary.path}
    sizes = {name: file.stat().st_size for name, file in files.items()}
    checks.check_unzipped(binary.function, sum(sizes.values()), sizes.items())
    root = TaskRoot(
        function=binary.function,
        files=files,
        architecture=binary.architecture,
        system=binary.system,
        has_layers=binary.has_layers,
    )
    return CheckedBinary(
        files=files, fingerprint=fingerprinting.of_named(files.items()), unsure=check_loading(root)
    )


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    """Every file below a folder, by its path there; links are followed as long as they stay inside."""
    inside = root.resolve()
    for path in sorted(root.rglob("*")):
        if path.is_symlink() and not path.resolve().is_relative_to(inside):
            raise _unpackable(path, f"{path} -> {path.readlink()}, which leads out of the folder")
        if path.is_symlink() and path.is_dir():
            raise _unpackable(path, f"{path} -> {path.readlink()}, a link to a folder")
        if path.is_dir():
            continue
        if not path.is_file():
            raise _unpackable(path, f"{path}, which is no file and leads to none")
        yield path.relative_to(root).as_posix(), path


def _unpackable(path: Path, received: str) -> BinaryFolderError:
    return BinaryFolderError(
        "the folder of a binary holds something that cannot be part of its artifact",
        received=received,
        allowed="files, folders, and links to files in the same folder",
        change=f"replace {path.name} by a copy, or remove it",
    )
