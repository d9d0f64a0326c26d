"""Copies an artifact out of the cache to where a user wants it."""

import shutil
import tempfile
from pathlib import Path

from constructs_lib.bundling.artifact import Artifact
from constructs_lib.bundling.errors import BundlingError


class OutputError(BundlingError):
    """The output folder holds something that is not an earlier output."""

    id = "THAW010"


def check_place(output: Path, source: Path) -> None:
    """Checks, before anything is built, that an artifact may go to ``output``.

    Raises:
        OutputError: something else is there, or it lies in the handler's folder and would become part of the function.
    """
    _check_replaceable(output)
    if output.resolve().is_relative_to(source.resolve()):
        raise OutputError(
            "the output folder lies in the handler's folder",
            received=output,
            allowed=f"a folder outside of {source}, whose files all become part of the function",
            change="choose another --out",
        )


def place(artifact: Artifact, output: Path) -> None:
    """Copies the task root to ``output``, replacing an earlier output whole or not at all.

    The copies are the user's own; the cache stays as it is whatever becomes of them.

    Raises:
        OutputError: ``output`` exists and is neither empty nor an earlier output, or cannot be written.
    """
    _check_replaceable(output)
    try:
        _replace(output.resolve(), artifact.root)
    except OSError as error:
        raise OutputError(
            "the output folder cannot be written",
            received=error,
            allowed="a folder beside which this user may write",
            change="choose another --out, or correct the permissions",
        ) from error


def _replace(output: Path, root: Path) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=output.parent) as scratch:
        fresh, old = Path(scratch) / "fresh", Path(scratch) / "old"
        shutil.copytree(root, fresh)
        if output.exists():
            output.rename(old)
        fresh.rename(output)


def _check_replaceable(output: Path) -> None:
    # The launcher lies in an artifact twice; nothing else looks like that.
    is_ours = (output / "bootstrap").is_file() and (output / "thaw" / "bin" / "python3").is_file()
    is_empty = output.is_dir() and not any(output.iterdir())
    if output.exists() and not is_ours and not is_empty:
        raise OutputError(
            "the output folder is not empty, and what is in it was not built by this command",
            received=output,
            allowed="a new or empty folder, or one that holds an earlier output",
            change="choose another --out, or remove the folder yourself",
        )
