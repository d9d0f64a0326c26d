"""Which processes there are, for tests that claim that none is left."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

DEADLINE_SECONDS = 60.0
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.005, 0.1


def await_condition(holds: Callable[[], bool], what: str) -> None:
    """Returns as soon as the condition holds; AssertionError where it does not in time.

    It is asked often at first and seldom later: asking takes processor time, which what is awaited needs.
    """
    deadline, pause = time.monotonic() + DEADLINE_SECONDS, SHORTEST_PAUSE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"not within {DEADLINE_SECONDS} s: {what}"
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)


def working_in(folder: Path) -> list[str]:
    """The command lines of the processes, zombies aside, whose working folder is this one or below it."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with suppress(OSError):  # it has ended, or has become a zombie, which has no working folder
                if (process / "cwd").readlink().is_relative_to(folder):
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def await_none_working_in(folder: Path) -> None:
    """Returns when no process works in the folder any more; AssertionError where one still does at the deadline."""
    await_condition(lambda: not working_in(folder), f"no process in {folder}")


def await_none_concerned_with(folder: Path) -> None:
    """Returns when no process works below the folder or names it on its command line; AssertionError otherwise."""
    await_condition(lambda: not [*working_in(folder), *naming(folder)], f"no process concerned with {folder}")


def naming(folder: Path) -> list[str]:
    """The command lines, of processes of any working folder, in which the folder is named."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid():
            with suppress(OSError):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if str(folder) in command:
                    found.append(command)
    return found
