"""The shared libraries that an artifact brings along: everything its files need, the C library included."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from constructs_lib.bundling import elf
from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.interpreter import Interpreter, copy_stripped
from constructs_lib.bundling.recipe import Architecture

TRIPLETS = {Architecture.X86_64: "x86_64-linux-gnu", Architecture.ARM64: "aarch64-linux-gnu"}
# Opened by name at run time, so no file says that it needs them: name resolution of older glibc versions, and the
# unwinder that pthread_exit loads. Taken along where the system has them.
OPENED_BY_NAME = ("libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2", "libgcc_s.so.1")


class MissingLibraryError(BundlingError):
    """A file needs a shared library that is not to be found."""

    id = "THAW002"


@dataclass
class Closure:
    """Collects libraries into one folder until nothing that lies there or elsewhere in the artifact needs more.

    Args:
        interpreter: says where its system keeps libraries.
        folder: where they are put, ``lib`` of the artifact's ``thaw``; ld.so is told to search it first.
    """

    interpreter: Interpreter
    folder: Path
    _present: set[str] = field(default_factory=set)

    def collect(self, files: Iterable[Path], *, optional: bool = False) -> list[Path]:
        """Brings in what the given files need.

        Args:
            files: of the artifact.
            optional: leave out a file whose library is missing, instead of raising.

        Returns:
            The files that cannot be served, if ``optional``.

        Raises:
            MissingLibraryError: a library is nowhere in the system.
        """
        unserved = []
        for file in files:
            try:
                self._serve(file, file.parent)
            except MissingLibraryError:
                if not optional:
                    raise
                unserved.append(file)
        return unserved

    def assume(self, names: set[str]) -> None:
        """Counts libraries as brought in that another layer of the artifact holds."""
        self._present |= names

    def collect_loader(self) -> None:
        """Brings in the dynamic loader and what libraries open by name."""
        loader = self.interpreter.sysroot / self.interpreter.loader.lstrip("/")
        self._take(loader.resolve(), loader.name)
        for name in OPENED_BY_NAME:
            if (found := self._find(name, [])) is not None:
                self._take(found, name)

    def _serve(self, file: Path, origin: Path) -> None:
        facts = elf.read(file)
        if facts is None:
            return
        folders = [
            path.replace("$ORIGIN", str(origin)).replace("${ORIGIN}", str(origin))
            for path in facts.search_path
        ]
        own = [Path(folder) for folder in folders]
        for name in facts.needed:
            if name in self._present or name == Path(self.interpreter.loader).name:
                continue
            if any(self._travels_along(folder / name) for folder in own):
                continue
            found = self._find(name, own)
            if found is None:
                raise _missing(name, file)
            self._take(found, name)

    def _find(self, name: str, own: list[Path]) -> Path | None:
        for folder in [*own, *self._system_folders()]:
            candidate = folder / name
            if candidate.exists() and self._is_of_our_kind(candidate):
                return candidate
        return None

    def _take(self, found: Path, name: str) -> None:
        if name in self._present:
            return
        self._present.add(name)
        self.folder.mkdir(parents=True, exist_ok=True)
        copy_stripped(found.resolve(), self.folder / name)
        (self.folder / name).chmod(0o755)
        self._serve(found, found.parent)

    def _travels_along(self, library: Path) -> bool:
        # The libraries inside a wheel, found by a search path relative to the file that needs them.
        return library.exists() and library.resolve().is_relative_to(self.folder.parent)

    def _system_folders(self) -> Iterator[Path]:
        triplet, root = TRIPLETS[self.interpreter.architecture], self.interpreter.sysroot
        # The interpreter's own folder first: pyenv and python-build-standalone keep libpython there.
        yield self.interpreter.standard_library.parent
        for folder in (
            "lib64",
            "usr/lib64",
            f"lib/{triplet}",
            f"usr/lib/{triplet}",
            "lib",
            "usr/lib",
            "usr/local/lib",
        ):
            yield root / folder

    def _is_of_our_kind(self, candidate: Path) -> bool:
        facts = elf.read(candidate)
        return facts is not None and facts.machine == self.interpreter.architecture


def elf_files(folder: Path) -> list[Path]:
    """Every ELF file below a folder, in a stable order."""
    paths = (Path(parent) / name for parent, _, names in os.walk(folder) for name in names)
    return sorted(path for path in paths if path.is_file() and not path.is_symlink() and elf.is_elf(path))


def _missing(name: str, file: Path) -> MissingLibraryError:
    return MissingLibraryError(
        "a shared library is missing",
        received=f"{file.name} needs {name}",
        allowed="libraries that the system of the bundled Python has, or that come with the package",
        change=f"install the package that contains {name}, or leave out what needs it",
    )
