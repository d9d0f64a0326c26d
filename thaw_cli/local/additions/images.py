"""Which image a function names, and where its files are."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# registry/repository:tag@digest; the registry's name has a dot or a port, a repository may have folders.
_REFERENCE = re.compile(
    r"[^/]+/(?P<repository>[^:@]+)(?::(?P<tag>[\w.-]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Reference:
    """An image by its repository, and its tag or its digest."""

    repository: str
    tag: str | None
    digest: str | None

    @classmethod
    def of(cls, uri: str) -> "Reference":
        """What ``Code.ImageUri`` of a function names, on whatever registry.

        Raises:
            ValueError: it is no name of an image.
        """
        if (found := _REFERENCE.fullmatch(uri)) is None:
            raise ValueError(uri)
        tag = found["tag"] or (None if found["digest"] else "latest")
        return cls(found["repository"], tag, found["digest"])

    def __str__(self) -> str:
        """As engines want it, behind the registry's address."""
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")


@dataclass(frozen=True)
class Start:
    """What an image starts unless a function's ImageConfig says otherwise."""

    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: dict[str, str]
    working_directory: str

    def changed(self, config: dict[str, Any]) -> "Start":
        """With what a function's ImageConfig sets instead, each by itself."""
        return Start(
            tuple(config.get("EntryPoint") or self.entrypoint),
            tuple(config.get("Command") or self.command),
            self.environment,
            config.get("WorkingDirectory") or self.working_directory,
        )


@dataclass(frozen=True)
class Tree:
    """An image's files, unpacked in the build cache."""

    root: Path
    start: Start


class ImageCache:
    """The images of the build cache: a folder for each, by the fingerprint that is its tag.

    It has the files of images FROM scratch alone: of one with a base, the engine that builds it has the rest.

    Args:
        folder: need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, reference: Reference) -> Tree | None:
        """The image's files; None where the cache does not have it."""
        folder = self._folder_of(reference)
        if folder is None:
            return None
        described = json.loads((folder / "image.json").read_text())
        start = Start(
            tuple(described["entrypoint"]),
            tuple(described["command"]),
            described["environment"],
            described["working_directory"],
        )
        return Tree(folder / "root", start)

    def digest(self, tag: str) -> str | None:
        """The digest of the manifest of the image with this tag; None where the cache does not have it."""
        folder = self._folder / tag
        return _digest(folder) if _NAME.fullmatch(tag) and _is_whole(folder) else None

    def _folder_of(self, reference: Reference) -> Path | None:
        if reference.digest:
            every = (each for each in self._folder.glob("*") if self.digest(each.name) == reference.digest)
            return next(every, None)
        return self._folder / reference.tag if reference.tag and self.digest(reference.tag) else None


def _is_whole(folder: Path) -> bool:
    return folder.is_dir() and not (folder / "context").exists()


def _digest(folder: Path) -> str:
    index = json.loads((folder / "layout" / "index.json").read_text())
    return str(index["manifests"][0]["digest"])
