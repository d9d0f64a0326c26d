"""Debian's packages, fetched by apt into the cache folder and unpacked there; nothing is installed.

apt works with lists and a cache of its own here, for whatever architecture is asked for, from the sources that this system
is set up with. It believes that no package is installed, so it fetches those that are depended on too.
"""

import shutil
import subprocess
from pathlib import Path

from constructs_lib.bundling.cache import cache_folder, get_or_make
from constructs_lib.bundling.fingerprinting import of_values

PATIENCE_SECONDS = 600


class Debian:
    """One architecture of Debian.

    Args:
        architecture: by Debian's name: ``amd64`` or ``arm64``.
    """

    def __init__(self, architecture: str) -> None:
        self._folder = cache_folder() / "debian" / architecture
        status = self._folder / "status"
        for name in ("lists/partial", "archives/partial"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        status.touch()
        self._options = [
            *("-o", f"APT::Architecture={architecture}", "-o", f"APT::Architectures={architecture}"),
            *("-o", f"Dir::State::lists={self._folder}/lists", "-o", f"Dir::State::status={status}"),
            *(
                "-o",
                f"Dir::Cache={self._folder}",
                "-o",
                "APT::Sandbox::User=root",
                "-o",
                "Debug::NoLocking=1",
            ),
        ]
        self._architecture = architecture

    def unpacked(self, *packages: str, alone: bool = False) -> Path:
        """A folder with the contents of packages.

        Args:
            packages: by name; fetched once, then kept.
            alone: without what they depend on.
        """
        key = of_values(self._architecture, *packages, alone)
        folder, _ = get_or_make("debian-trees", key, lambda tree: self._unpack(packages, alone, tree))
        return folder

    def kernel(self) -> Path:
        """A folder with Debian's kernel for virtual machines and its modules."""
        return self.unpacked(self._real_kernel(), alone=True)

    def _real_kernel(self) -> str:
        # The package of the constant name has nothing in it but the name of the newest one.
        found = sorted(self._folder.glob("kernel-*"))
        if not found:
            self._update()
            said = self._apt("apt-cache", "depends", f"linux-image-cloud-{self._architecture}")
            name = next(line.split()[-1] for line in said.splitlines() if "Depends: linux-image" in line)
            found = [self._folder / f"kernel-{name}"]
            found[0].touch()
        return found[-1].name.removeprefix("kernel-")

    def _unpack(self, packages: tuple[str, ...], alone: bool, tree: Path) -> None:  # noqa: FBT001 - passed on
        archives = self._folder / "archives"
        shutil.rmtree(archives)
        (archives / "partial").mkdir(parents=True)
        self._update()
        if alone:
            self._apt("apt-get", "download", *packages)
        else:
            self._apt("apt-get", "install", "--download-only", "--no-install-recommends", "--yes", *packages)
        for archive in sorted(archives.glob("*.deb")):
            subprocess.run(["dpkg", "-x", archive, tree], check=True)
            archive.unlink()

    def _update(self) -> None:
        self._apt("apt-get", "update")

    def _apt(self, program: str, *arguments: str) -> str:
        command = [program, *self._options, *arguments]
        done = subprocess.run(
            command, cwd=self._folder / "archives", check=True, capture_output=True, text=True,
            timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        return done.stdout
