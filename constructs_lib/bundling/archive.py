"""Zips a task root so that the same files always give the same bytes."""

import shutil
import zipfile
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
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                _add(file, path, str(path.relative_to(root)))


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.create_system = UNIX
    executable = path.stat().st_mode & 0o111
    entry.external_attr = (REGULAR_FILE | (0o755 if executable else 0o644)) << 16
    archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
