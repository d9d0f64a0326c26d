"""Ready-made code for a managed runtime: a folder, a zip or a jar; looked into, and packed without times."""

import hashlib
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from constructs_lib.bundling import archive, cache, checks, fingerprinting, source
from constructs_lib.bundling.errors import BundlingError

ARCHIVE = "function.zip"
_ENCRYPTED = 0x1


class CodeError(BundlingError):
    """The code is not there, or is not something that Lambda unpacks."""

    id = "THAW027"


@dataclass(frozen=True, kw_only=True)
class ManagedCode:
    """The files of a function.

    Attributes:
        path: the folder, zip or jar.
        files: how to read each file, by its path in the task root.
        fingerprint: 64 hexadecimal digits over paths, modes and contents; times do not count.
    """

    path: Path
    files: Mapping[str, Callable[[], bytes]]
    fingerprint: str


def look_into(function: str, path: Path) -> ManagedCode:
    """Reads what there is, and checks that Lambda can unpack it; nothing is written.

    Raises:
        CodeError: there is nothing, or neither a folder nor a sound zip.
        SourceError: the folder holds a link that leads nowhere.
        UnzippedSizeError: it is over 250 MB unzipped.
    """
    try:
        if path.is_dir():
            return _folder(function, path)
        return _zip(function, path)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise _unusable(function, f"{path}: {error}") from error


def pack(code: ManagedCode) -> Path:
    """The archive to upload: a zip or jar as it is, a folder zipped, or its zip found in the build cache.

    Raises:
        CacheError: it cannot be written.
    """
    if code.path.is_file():
        return code.path

    def make(scratch: Path) -> None:
        root = scratch / "root"
        source.copy(code.path, root)
        archive.add(root, scratch / ARCHIVE)
        shutil.rmtree(root)

    folder, _ = cache.get_or_make("managed-code", code.fingerprint, make)
    return folder / ARCHIVE


def _folder(function: str, path: Path) -> ManagedCode:
    files = {file.relative_to(path).as_posix(): file for file in source.files(path)}
    if not files:
        raise _unusable(function, f"{path}, which has no files")
    sizes = {name: file.stat().st_size for name, file in files.items()}
    checks.check_unzipped(function, sum(sizes.values()), sizes.items())
    return ManagedCode(
        path=path,
        files={name: file.read_bytes for name, file in files.items()},
        fingerprint=fingerprinting.of_named(files.items()),
    )


def _zip(function: str, path: Path) -> ManagedCode:
    if not path.exists():
        raise _unusable(function, f"{path}, which does not exist")
    if path.suffix not in (".zip", ".jar"):
        raise _unusable(function, f"{path}, which is neither")
    with zipfile.ZipFile(path) as opened:
        entries = [entry for entry in opened.infolist() if not entry.is_dir()]
        if any(entry.flag_bits & _ENCRYPTED for entry in entries):
            raise _unusable(function, f"{path}, which is encrypted")
        sizes = {entry.filename: entry.file_size for entry in entries}
        checks.check_unzipped(function, sum(sizes.values()), sizes.items())
        # Reading checks the sums of the zip as well.
        contents = [
            [entry.filename, entry.external_attr >> 16, hashlib.sha256(opened.read(entry)).hexdigest()]
            for entry in sorted(entries, key=lambda entry: entry.filename)
        ]
    return ManagedCode(
        path=path,
        files={name: _reader(path, name) for name in sizes},
        fingerprint=fingerprinting.of_values(contents),
    )


def _reader(path: Path, name: str) -> Callable[[], bytes]:
    def read() -> bytes:
        with zipfile.ZipFile(path) as opened:
            return opened.read(name)

    return read


def _unusable(function: str, received: str) -> CodeError:
    return CodeError(
        f"function {function!r}: its code cannot be used",
        received=received,
        allowed="a folder with files, a zip or a jar",
        change="build it first, or correct code",
    )
