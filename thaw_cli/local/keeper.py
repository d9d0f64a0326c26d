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
from typing import IO, Any, Self

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
        afterwards: a command that is run when nothing is left of the other one, however that came about.

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
        afterwards: Sequence[str] = (),
    ) -> None:
        with log.open("ab") as output:
            self._process, self._lifetime = _start(
                command,
                stop_signal,
                afterwards,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                cwd=folder,
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


@contextmanager
def output_of(
    command: Sequence[str], *, environment: Mapping[str, str], folder: Path, errors: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a command in the background and yields its keeper, whose ``stdout`` is the command's.

    What the command writes to stderr goes to the file ``errors``. Leaving the context ends the command.

    Raises:
        UnsupportedSystemError: this is not Linux.
    """
    with errors.open("wb") as error_file:
        process, lifetime = _start(
            command,
            signal.SIGTERM,
            (),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=error_file,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )
    try:
        with process:
            try:
                yield process
            finally:
                process.terminate()
    finally:
        os.close(lifetime)


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    stdout: IO[str] | None = None,
) -> int:
    """Runs a command in the foreground, under a keeper; returns its status, 128 + N where signal N ended it.

    The command has this process's terminal, and Ctrl-C is left to it. ``environment``, ``folder`` (the command's
    working directory) and ``stdout`` default to this process's.

    Raises:
        UnsupportedSystemError: this is not Linux.
    """
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process, lifetime = _start(command, signal.SIGTERM, (), env=environment, cwd=folder, stdout=stdout)
        status = process.wait()
        os.close(lifetime)
    finally:
        signal.signal(signal.SIGINT, handler)
    return status


def require_linux() -> None:
    """Raises UnsupportedSystemError on any other system."""
    if sys.platform != "linux":
        raise UnsupportedSystemError(
            "the local servers are kept with Linux's own means (child subreapers)",
            received=sys.platform,
            allowed="linux",
            change="run this command on Linux, in a container or in a virtual machine",
        )


def _start(
    command: Sequence[str], stop_signal: signal.Signals, afterwards: Sequence[str], **options: Any
) -> tuple[subprocess.Popen[bytes], int]:
    """Starts a keeper; returns it and the end of the pipe that keeps it alive."""
    require_linux()
    supervisor = [sys.executable, "-I", "-S", supervise.__file__]
    reading, lifetime = os.pipe()
    try:
        numbers = (reading, int(stop_signal), len(afterwards))
        arguments = [*supervisor, *map(str, numbers), *afterwards, *command]
        return subprocess.Popen(arguments, pass_fds=[reading], **options), lifetime
    finally:
        os.close(reading)
