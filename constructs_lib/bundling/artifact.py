"""What a build leaves behind."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """A task root ready for Lambda, in the build cache.

    Attributes:
        root: the task root, ``root/bootstrap`` included.
        archive: the same as a zip with normalised times and order; None where none was asked for.
        fingerprint: 64 hexadecimal digits over every input of the build.
        reused: whether the cache had it, so that no build step ran.
        zip_bytes: size of ``archive``; 0 without it.
        unzipped_bytes: sum of the sizes of the files in ``root``.
        snapshot: what is known of the snapshot, as ``thaw inspect`` shows it; None for a portable start.
    """

    root: Path
    archive: Path | None
    fingerprint: str
    reused: bool
    zip_bytes: int
    unzipped_bytes: int
    snapshot: dict[str, Any] | None = None
