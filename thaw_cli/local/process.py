"""Other processes, identified so that a recycled process id is never taken for them."""

import os
import select
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_STATE_FIELD, _START_FIELD = 0, 19  # of /proc/PID/stat, counted after the name in parentheses; see proc(5)


@dataclass(frozen=True)
class Process:
    """A process id and when that process started, in the kernel's clock ticks since boot."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Self:
        """The process that has this id now; OSError if there is none."""
        return cls(pid, int(_stat(pid)[_START_FIELD]))

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        try:
            fields = _stat(self.pid)
        except OSError:
            return False
        return int(fields[_START_FIELD]) == self.started and fields[_STATE_FIELD] != "Z"

    def end(self) -> None:
        """Sends SIGTERM and returns when the process has ended; does nothing if it already has."""
        with suppress(ProcessLookupError):
            descriptor = os.pidfd_open(self.pid)
            try:
                if self.alive:  # asked while the descriptor holds the process: no other can be hit
                    signal.pidfd_send_signal(descriptor, signal.SIGTERM)
                    ended = select.poll()
                    ended.register(descriptor, select.POLLIN)
                    ended.poll()
            finally:
                os.close(descriptor)


def working_in(folder: Path) -> bool:
    """Whether any process has its working directory in the folder or below it."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):  # it has ended, or belongs to somebody else
                if (entry / "cwd").readlink().is_relative_to(folder):
                    return True
    return False


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
