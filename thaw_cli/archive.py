"""An image as one file, as engines read it from their standard input."""

import json
import os
import tarfile
import tempfile
from pathlib import Path

from constructs_lib.bundling import oci
from thaw_cli.errors import ImageArchiveError

# The moment that every file of an archive bears, seconds since 1970: that of our zips.
_EPOCH = 315_532_800
_TAGS = oci.tag_of("")
# Only a build upon a base has it, see constructs_lib.bundling.oci.context.
_ENTRY_OF_A_CONTEXT = f"system{oci.ENTRYPOINT}"


def check_place(output: Path) -> None:
    """Checks, before anything is built, that an archive may go to ``output``.

    Raises:
        ImageArchiveError: something else is there, or the folder that it would lie in is not.
    """
    if not output.parent.is_dir():
        raise ImageArchiveError(
            "the archive would lie in a folder that does not exist",
            received=output.parent,
            allowed="a file in a folder that is there",
            change="make the folder, or choose another --out",
        )
    if os.path.lexists(output) and not _is_ours(output):
        raise ImageArchiveError(
            "there is something else where the archive is to go",
            received=output,
            allowed="a new file, or one that this command has written",
            change="choose another --out, or remove the file yourself",
        )


def write(folder: Path, output: Path) -> int:
    """Packs a folder into an archive, whose bytes depend on nothing but the folder's files.

    Args:
        folder: the layout of an image, or what an engine builds one from.
        output: replaced whole or not at all.

    Returns:
        The archive's size in bytes.

    Raises:
        ImageArchiveError: it cannot be written.
    """
    check_place(output)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=output.parent) as scratch:
            fresh = Path(scratch) / output.name
            with tarfile.open(fresh, "w", format=tarfile.PAX_FORMAT) as archive:
                for path in sorted(folder.rglob("*")):
                    _add(archive, path, str(path.relative_to(folder)))
            size = fresh.stat().st_size
            fresh.replace(output)
    except OSError as error:
        raise ImageArchiveError(
            "the archive cannot be written",
            received=error,
            allowed="a place with room for it, in a folder in which this user may write",
            change="make room, correct the permissions, or choose another --out",
        ) from error
    return size


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    entry = archive.gettarinfo(path, name)
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = _EPOCH
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o111 else 0o644
    if entry.islnk():  # to a file that two layers share; an archive of its own has it twice
        entry.type, entry.linkname, entry.size = tarfile.REGTYPE, "", path.stat().st_size
    if entry.isfile():
        with path.open("rb") as content:
            archive.addfile(entry, content)
    else:
        archive.addfile(entry)


def _is_ours(file: Path) -> bool:
    if not file.is_file():
        return False
    try:
        with tarfile.open(file, "r:") as archive:
            names = archive.getnames()
            if _ENTRY_OF_A_CONTEXT in names:
                return "Dockerfile" in names
            manifest = archive.extractfile("manifest.json")
            tags = json.load(manifest)[0]["RepoTags"] if manifest else []
            return any(tag.startswith(_TAGS) for tag in tags)
    except (OSError, tarfile.TarError, KeyError, ValueError, TypeError, IndexError):
        return False  # whatever it is
