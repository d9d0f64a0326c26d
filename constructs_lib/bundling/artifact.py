"""What a build leaves behind."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """A task root ready for Lambda, in the build cache.

    Attributes:
        root: the task root, ``root/bootstrap`` included.
        archive: the same as a zip with normalised times and order.
        fingerprint: 64 hexadecimal digits over every input of the build.
        reused: whether the cache had it, so that no build step ran.
        zip_bytes: size of ``archive``.
        unzipped_bytes: sum of the sizes of the files in ``root``.
    """

    root: Path
    archive: Path
    fingerprint: str
    reused: bool
    zip_bytes: int
    unzipped_bytes: int
