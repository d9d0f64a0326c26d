"""A container engine of the tests' own: Debian's packages of Docker, unpacked and not installed.

Its socket, its data and its processes are apart from those of any other engine of the machine. It needs root and has no
network to give: no address is taken, no packet filter changed.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.containers.container import Container
from tests.processes import await_condition

PACKAGES = ("docker.io", "containerd", "runc")
OPTIONS = ("--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false")


PROGRAMS = ("apt-get", "apt-cache", "dpkg", "curl", "nsenter")


def lacking() -> str | None:
    """What keeps this machine from having an engine, and calling what runs in it; None where nothing does."""
    if os.getuid() != 0:
        return "an engine of one's own needs root"
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"no {', '.join(missing)}" if missing else None


class Engine:
    """A daemon that runs, and its client.

    Args:
        programs: a folder with docker, dockerd and what that starts, below ``usr``.
        folder: for all that the daemon keeps.
    """

    def __init__(self, programs: Path, folder: Path) -> None:
        self.socket = folder / "socket"
        self.client = Path(shutil.copy(programs / "usr" / "bin" / "docker", folder))
        self.address = f"unix://{self.socket}"
        self._folder, self._programs = folder, programs

    @contextmanager
    def running(self) -> Iterator[None]:
        """Starts the daemon, which ends with the context."""
        paths = [f"{self._programs}/usr/{name}" for name in ("sbin", "bin")]
        places = {name: f"{self._folder}/{name}" for name in ("data-root", "exec-root", "pidfile")}
        command = [
            *("dockerd", "--host", self.address, *OPTIONS),
            *(f"--{name}={place}" for name, place in places.items()),
        ]
        with (self._folder / "log").open("w") as log:
            daemon = subprocess.Popen(
                command,
                executable=f"{paths[0]}/dockerd",
                env={**os.environ, "PATH": ":".join([*paths, os.environ["PATH"]])},
                stdout=log,
                stderr=log,
            )
            try:
                await_condition(
                    lambda: daemon.poll() is not None or self._answers(), f"an answer of {self.address}"
                )
                assert daemon.poll() is None, (self._folder / "log").read_text()
                self.socket.chmod(0o666)
                yield
            finally:
                daemon.terminate()
                daemon.wait()
                self._unmount()

    def add_image(
        self, name: str, *trees: Path, moved: str = "", variables: Sequence[str] = ("PATH=/usr/bin",)
    ) -> None:
        """Makes an image of what lies in folders, which have nothing of the same name.

        Args:
            name: of the image.
            trees: the folders.
            moved: what lies elsewhere in the image, as tar's option --transform takes it.
            variables: of the image's environment.
        """
        packed = ["tar", "--create", f"--transform={moved}"]
        for tree in trees:
            packed += [f"--directory={tree}", *(each.name for each in tree.iterdir())]
        with subprocess.Popen(packed, stdout=subprocess.PIPE) as archive:
            changes = [f"--change=ENV {variable}" for variable in variables]
            command = self.command("import", *changes, "-", name)
            subprocess.run(command, check=True, stdin=archive.stdout, capture_output=True)

    def load(self, layout: Path) -> str:
        """Takes an image's layout as a user hands it over, and returns what the client says of it."""
        with subprocess.Popen(["tar", "-cf", "-", "-C", layout, "."], stdout=subprocess.PIPE) as archive:
            done = subprocess.run(
                self.command("load"), check=False, stdin=archive.stdout, capture_output=True, text=True
            )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def inspect(self, image: str) -> dict[str, Any]:
        """What the engine knows of an image."""
        described: list[dict[str, Any]] = json.loads(self.say("image", "inspect", image))
        return described[0]

    @contextmanager
    def container(self, *arguments: str) -> Iterator[Container]:
        """A container that runs in the background, gone with the context.

        Args:
            *arguments: of ``docker run``: options, the image, and what is added to its entry point.
        """
        started = Container(self.say("run", "--detach", *arguments), self.command())
        try:
            yield started
        finally:
            self.say("rm", "--force", started.number)

    def containers(self) -> list[str]:
        """The numbers of all containers, also of those that have ended."""
        return self.say("ps", "--all", "--quiet").split()

    def say(self, *arguments: str) -> str:
        """What the client answers; AssertionError with its own words where it fails."""
        done = subprocess.run(self.command(*arguments), check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def command(self, *arguments: str) -> list[str]:
        """The client's command line."""
        return [str(self.client), "--host", self.address, *arguments]

    def _unmount(self) -> None:
        """Ends what the daemon leaves mounted: the host's network, once a container had it."""
        for mount in Path("/proc/self/mounts").read_text().splitlines():
            if (place := Path(mount.split()[1])).is_relative_to(self._folder):
                subprocess.run(["umount", place], check=True)

    def _answers(self) -> bool:
        return subprocess.run(self.command("info"), check=False, capture_output=True).returncode == 0


@contextmanager
def private_engine(programs: Path) -> Iterator[Engine]:
    """An engine with nothing in it, gone with the context."""
    # Its path is short, because the name of a socket has 108 bytes at most.
    with tempfile.TemporaryDirectory(prefix="thaw-engine-") as folder:
        # Whoever a test builds as may use it.
        Path(folder).chmod(0o755)
        engine = Engine(programs, Path(folder))
        with engine.running():
            yield engine
