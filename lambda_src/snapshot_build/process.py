"""What the kernel keeps of a process beside its memory; a process that takes the memory up has its own.

Sources: proc(5), credentials(7), getitimer(2), waitid(2).
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

# Lines of /proc/thread-self/status, by what they tell. Umask is not among them: it is set again.
_STATUS = {
    "SigBlk": "the signal mask",
    "Uid": "the user",
    "Gid": "the group",
    "Groups": "the supplementary groups",
    "CapPrm": "the capabilities",
    "CapEff": "the capabilities",
    "CapInh": "the capabilities",
    "CapBnd": "the capabilities",
    "CapAmb": "the capabilities",
    "Seccomp_filters": "the filters of system calls",
    "Cpus_allowed": "the processors that it may run on",
}
# Numbers of fields of /proc/thread-self/stat.
_STAT = {5: "the process group", 6: "the session", 19: "the niceness", 41: "the scheduling policy"}
# What the module signal is made of, which would stay in the image.
_signal: "Any" = sys.modules["_signal"]
_TIMERS = (_signal.ITIMER_REAL, _signal.ITIMER_VIRTUAL, _signal.ITIMER_PROF)
# Of a line of /proc/self/limits: where the limit's name ends and where the unit begins.
_LIMIT, _UNIT = 26, 68


def attributes() -> dict[str, str]:
    """Everything that code can have changed, with its present value."""
    return {
        **dict(_status()),
        **dict(_stat()),
        **dict(_limits()),
        "a timer that runs": str([timer for timer in _TIMERS if _signal.getitimer(timer)[0] > 0]),
        "a timer of POSIX": _read("/proc/self/timers"),
        "the adjustment for when memory runs out": _read("/proc/self/oom_score_adj"),
    }


def children() -> list[str]:
    """The processes that this one has started and nobody has waited for."""
    try:
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return []
    # A kernel may be built without the files that say which (CONFIG_PROC_CHILDREN).
    numbers = child_numbers() or ([str(ended.si_pid)] if ended else [])
    return [_command(number) for number in numbers] or ["its command is not known"]


def child_numbers() -> list[str]:
    """The numbers of the children of all threads, where the kernel tells."""
    threads = os.listdir("/proc/self/task")
    return " ".join(_read(f"/proc/self/task/{thread}/children") for thread in threads).split()


def _command(number: str) -> str:
    # A process that has ended, or is just being executed, has no arguments.
    return (_read(f"/proc/{number}/cmdline").replace("\0", " ") or _read(f"/proc/{number}/comm")).strip()


def _status() -> "Iterator[tuple[str, str]]":
    for line in _read("/proc/thread-self/status").splitlines():
        name, _, value = line.partition(":")
        if name in _STATUS:
            yield f"{_STATUS[name]} ({name})", value.strip()


def _stat() -> "Iterator[tuple[str, str]]":
    # The second field is a name in parentheses, which may hold anything.
    fields = _read("/proc/thread-self/stat").rpartition(")")[2].split()
    for number, name in _STAT.items():
        yield name, fields[number - 3]


def _limits() -> "Iterator[tuple[str, str]]":
    for line in _read("/proc/self/limits").splitlines()[1:]:
        yield f"the limit {line[:_LIMIT].strip()!r}", " ".join(line[_LIMIT:_UNIT].split())


def _read(file: str) -> str:
    try:
        with open(file) as opened:
            return opened.read()
    except OSError:  # this kernel has none, or the process has ended
        return ""
