"""Copies an artifact out of the cache to where a user wants it."""

import shutil
import tempfile
from pathlib import Path

from constructs_lib.bundling.artifact import Artifact
from constructs_lib.bundling.errors import BundlingError


class OutputError(BundlingError):
    """The output folder holds something that is not an earlier output."""

    id = "THAW010"


def place(artifact: Artifact, output: Path) -> None:
    """Copies the task root to ``output``, replacing an earlier output whole or not at all.

    The copies are the user's own; the cache stays as it is whatever becomes of them.

    Raises:
        OutputError: ``output`` exists and is neither empty nor an earlier output.
    """
    _check_replaceable(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=output.parent) as scratch:
        fresh, old = Path(scratch) / "fresh", Path(scratch) / "old"
        shutil.copytree(artifact.root, fresh)
        if output.exists():
            output.rename(old)
        fresh.rename(output)


def _check_replaceable(output: Path) -> None:
    is_ours = (output / "bootstrap").is_file() and (output / "thaw").is_dir()
    is_empty = output.is_dir() and not any(output.iterdir())
    if output.exists() and not is_ours and not is_empty:
        raise OutputError(
            "the output folder is not empty, and what is in it was not built by this command",
            received=output,
            allowed="a new or empty folder, or one that holds an earlier output",
            change="choose another --out, or remove the folder yourself",
        )
