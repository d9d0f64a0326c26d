"""Layers of an image: archives of files that come out the same, byte for byte, of the same files.

A layer is cached by what it holds, so that a changed handler costs the compression of its own files alone.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import deflate

from constructs_lib.bundling import cache, fingerprinting

BLOB = "blob"
_DESCRIBED = "layer.json"
# The moment that every file of an archive bears, seconds since 1970: that of our zips.
_EPOCH = 315_532_800
# Compression by libdeflate, whose strongest level takes what zlib's takes. CPython's 35 MB: 11.4 MB in 7 s, 11.7 MB in 1.7 s at
# level 9, zlib's strongest 11.8 MB in 6 s. The strongest is for layers that are made once for many functions.
_STRONGEST, _FAST = 12, 9


@dataclass(frozen=True)
class Layer:
    """One archive of an image.

    Attributes:
        name: what it holds.
        digest: ``sha256:...`` of the compressed archive, by which registries and engines know it.
        uncompressed_digest: of the archive itself, by which an image's configuration knows it.
        bytes: of the compressed archive.
        uncompressed_bytes: of the files in it.
        reused: whether the cache had it.
    """

    name: str
    digest: str
    uncompressed_digest: str
    bytes: int
    uncompressed_bytes: int
    reused: bool = False


@dataclass(frozen=True)
class Part:
    """What becomes a layer: files below one folder.

    Attributes:
        name: what it holds.
        root: the folder that is the image's root.
        paths: of the files and empty folders, relative to ``root``.
        seldom: whether it changes seldom, so that it may take long to compress.
    """

    name: str
    root: Path
    paths: tuple[str, ...]
    seldom: bool


def layer_of(part: Part) -> tuple[Layer, Path]:
    """The layer of a part and the compressed archive, made where the cache does not have it.

    Raises:
        CacheError: the cache cannot be written.
    """

    def make(folder: Path) -> None:
        tar = _archive(part)
        compressed = _compressed(tar, _STRONGEST if part.seldom else _FAST)
        (folder / BLOB).write_bytes(compressed)
        layer = Layer(
            part.name,
            _digest(compressed),
            _digest(tar),
            len(compressed),
            sum(_size(part.root / path) for path in part.paths),
        )
        (folder / _DESCRIBED).write_text(json.dumps(asdict(layer)))

    folder, reused = cache.get_or_make("layers", _key(part), make)
    described = json.loads((folder / _DESCRIBED).read_text())
    return Layer(**{**described, "reused": reused}), folder / BLOB


def _key(part: Part) -> str:
    entries = []
    for path in part.paths:
        file = part.root / path
        what = (
            str(file.readlink())
            if file.is_symlink()
            else _digest(file.read_bytes())
            if file.is_file()
            else ""
        )
        entries.append([path, _mode(file), what])
    return fingerprinting.of_values(part.name, part.seldom, entries)


def _archive(part: Part) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as file:
        for path in _with_folders(part.paths):
            source = part.root / path
            entry = tarfile.TarInfo(path)
            entry.mtime, entry.mode = _EPOCH, _mode(source)
            if source.is_symlink():
                entry.type, entry.linkname = tarfile.SYMTYPE, str(source.readlink())
                file.addfile(entry)
            elif source.is_dir():
                entry.type = tarfile.DIRTYPE
                file.addfile(entry)
            else:
                data = source.read_bytes()
                entry.size = len(data)
                file.addfile(entry, io.BytesIO(data))
    return written.getvalue()


def _with_folders(paths: tuple[str, ...]) -> Iterator[str]:
    """The paths with every folder above them, each folder before what lies in it."""
    seen: set[str] = set()
    for path in sorted(paths):
        above = [str(each) for each in reversed(Path(path).parents) if str(each) != "."]
        for each in (*above, path):
            if each not in seen:
                seen.add(each)
                yield each


def _size(path: Path) -> int:
    return path.lstat().st_size if path.is_file() and not path.is_symlink() else 0


def _mode(path: Path) -> int:
    if path.is_symlink():
        return 0o777
    mode = path.stat().st_mode
    if path.is_dir():
        return mode & 0o7777 if mode & 0o1000 else 0o755
    return 0o755 if mode & 0o111 else 0o644


def _compressed(data: bytes, level: int) -> bytes:
    # The header of gzip has a time and a system; without both the same data is the same file everywhere.
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + deflate.gzip_compress(data, level)[10:]


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
