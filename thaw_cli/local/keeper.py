"""Processes that cannot outlive their owner.

A keeper is a small process (``supervise``) between the owner and a command. Whatever ends the owner, SIGKILL
included, closes the pipe between the two, and the keeper then ends the command with every descendant it has.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from thaw_cli.errors import UnsupportedSystemError
from thaw_cli.local import supervise


class Keeper:
    """A kept command that runs in the background, in a session of its own, out of reach of the terminal's Ctrl-C.

    Args:
        command: the argument list.
        log: the file that receives the command's output; it is appended to.
        environment: the command's whole environment.
        folder: the command's working directory.
        stop_signal: asks the command to end; it is killed when that takes too long.

    Raises:
        UnsupportedSystemError: this is not Linux.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str],
        folder: Path,
        stop_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        require_linux()
        reading, self._lifetime = os.pipe()
        with log.open("ab") as output, _closing(reading):
            self._process = subprocess.Popen(
                _supervised(command, reading, stop_signal),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                cwd=folder,
                pass_fds=[reading],
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The keeper's process id; SIGTERM to it ends the command."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the command still runs."""
        return self._process.poll() is None

    def detach(self) -> None:
        """Lets the command outlive this process; from then on SIGTERM to ``pid`` ends it."""
        os.write(self._lifetime, b"d")

    def stop(self) -> None:
        """Ends the command and every descendant of it; returns when none is left."""
        self._process.terminate()
        self._process.wait()
        with suppress(OSError):  # stopping twice is fine
            os.close(self._lifetime)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def run(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> int:
    """Runs a command in the foreground, under a keeper; returns its status, 128 + N where signal N ended it.

    The command has this process's terminal, and Ctrl-C is left to it. ``environment`` defaults to this process's.

    Raises:
        UnsupportedSystemError: this is not Linux.
    """
    require_linux()
    reading, lifetime = os.pipe()
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with _closing(reading):
            supervised = _supervised(command, reading, signal.SIGTERM)
            process = subprocess.Popen(supervised, env=environment, pass_fds=[reading])
        return process.wait()
    finally:
        signal.signal(signal.SIGINT, handler)
        os.close(lifetime)


def require_linux() -> None:
    """Raises UnsupportedSystemError on any other system."""
    if sys.platform != "linux":
        raise UnsupportedSystemError(
            "the local servers are kept with Linux's own means (child subreapers)",
            received=sys.platform,
            allowed="linux",
            change="run this command on Linux, in a container or in a virtual machine",
        )


@contextmanager
def _closing(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(descriptor)


def _supervised(command: Sequence[str], lifetime: int, stop_signal: signal.Signals) -> list[str]:
    supervisor = [sys.executable, "-I", "-S", supervise.__file__]
    return [*supervisor, str(lifetime), str(int(stop_signal)), *command]
