"""Zips a task root so that the same files always give the same bytes."""

import shutil
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

# The first moment a zip can hold. Real times would give every build another archive and so another deployment.
EPOCH = (1980, 1, 1, 0, 0, 0)
REGULAR_FILE = 0o100000
UNIX = 3


def add(root: Path, archive: Path, *, below: Path | None = None) -> None:
    """Writes every file below ``root`` into a new zip, in sorted order, with times left out and modes kept.

    Args:
        root: the folder that becomes the top of the zip.
        archive: the file to write.
        below: a zip of other files that the new one begins with, as they are.
    """
    if below is not None:
        shutil.copyfile(below, archive)
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    with _Archive(archive, "a") as file, ThreadPoolExecutor() as threads:
        for entry, deflated in threads.map(partial(_deflated, root), files):
            file.append(entry, deflated)


def _deflated(root: Path, path: Path) -> tuple[zipfile.ZipInfo, bytes]:
    entry = zipfile.ZipInfo(str(path.relative_to(root)), EPOCH)
    entry.create_system = UNIX
    entry.compress_type = zipfile.ZIP_DEFLATED
    executable = path.stat().st_mode & 0o111
    entry.external_attr = (REGULAR_FILE | (0o755 if executable else 0o644)) << 16
    data = path.read_bytes()
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    deflated = deflate.compress(data) + deflate.flush()
    entry.CRC, entry.file_size, entry.compress_size = zlib.crc32(data), len(data), len(deflated)
    return entry, deflated


class _Archive(zipfile.ZipFile):
    """A zip that takes what was compressed elsewhere; ``ZipFile`` compresses in the one thread that writes."""

    def append(self, entry: zipfile.ZipInfo, deflated: bytes) -> None:
        # What ZipFile.mkdir does: write behind the last file, where the central directory is or will be.
        assert self.fp is not None  # noqa: S101 - it is open
        self.fp.seek(self.start_dir)
        entry.header_offset = self.start_dir
        self.fp.write(entry.FileHeader(zip64=False) + deflated)
        self.start_dir = self.fp.tell()
        self.filelist.append(entry)
        self.NameToInfo[entry.filename] = entry
        self._didModify = True
