"""What a process has that its memory does not hold: threads, children, descriptors, files, shared mappings."""

import _thread
import os
import sys

from snapshot_build.findings import here, stack
from snapshot_build.process import attributes, children

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from snapshot_build.findings import Findings

# The first waits for ever and is not in the image (preload.c); the second runs Python.
THREADS_OF_OURS = 2
STDERR = 2
MOST_FIELDS = 6  # of a line of /proc/PID/maps; mappings without a name have one less
OWN_FILES = ("/snapshot_build/", "/thaw_runtime/", "<frozen importlib")
# Names of what starts a thread, as of CPython 3.11 and 3.13.
STARTERS = ("start_new_thread", "start_joinable_thread")


class Hazards:
    """Looks for what came up since the last look.

    Args:
        findings: told what was found.
        scratch: the folder for temporary files, which holds nothing of the user's yet.
    """

    def __init__(self, findings: "Findings", scratch: str) -> None:
        self._findings = findings
        # Everywhere but in the task root, which cannot be written to, and /proc.
        self._folders = (scratch, "/", "/var", "/dev")
        self._known_files = self._list_files()
        self._standard = _targets(range(STDERR + 1))
        self._attributes = attributes()
        self._seen: set[str] = set()
        self._threads_started: list[tuple[int, list[str]]] = []
        self._starters = {name: getattr(_thread, name) for name in STARTERS if hasattr(_thread, name)}

    def watch(self) -> None:
        """Notes from here on where threads are started."""
        for name, starter in self._starters.items():
            setattr(_thread, name, self._noting(starter))

    def stop_watching(self) -> None:
        """Puts back what ``watch`` replaced, also where ``threading`` keeps it."""
        for name, starter in self._starters.items():
            setattr(_thread, name, starter)
            if "threading" in sys.modules:
                setattr(sys.modules["threading"], f"_{name}", starter)

    def look(self) -> None:
        """Adds a finding for each hazard that was not there at the last look."""
        for kind, what, where in [
            *self._threads(),
            *(("child", command, list[str]()) for command in children()),
            *_descriptors(),
            *self._replaced(),
            *self._files(),
            *_shared_memory(),
            *self._changes(),
        ]:
            if what not in self._seen:
                self._seen.add(what)
                self._findings.add(kind, what)
                self._findings.found[-1]["where"] = where

    def _noting(self, starter: "Callable[..., Any]") -> "Callable[..., Any]":
        def start(function: "Callable[..., Any]", *arguments: "Any", **named: "Any") -> "Any":
            started = starter(function, *arguments, **named)
            number = started if isinstance(started, int) else started.ident
            self._threads_started.append((number, stack(here())))
            return started

        return start

    def _threads(self) -> "list[tuple[str, str, list[str]]]":
        count = len(os.listdir("/proc/self/task")) - THREADS_OF_OURS
        running = sys._current_frames()  # noqa: SLF001 - the only way
        found = [
            ("thread", _name_of_thread(number), where)
            for number, where in self._threads_started
            if number in running
        ]
        found += [
            ("thread", f"{name!r}, started by a library without Python's knowledge", [])
            for name in _kernel_names()[THREADS_OF_OURS + len(found) :]
        ]
        return found[: max(count, 0)]

    def _files(self) -> "list[tuple[str, str, list[str]]]":
        return [
            ("file", f"{path}, which no execution environment will have", [])
            for path in sorted(self._list_files() - self._known_files)
        ]

    def _list_files(self) -> set[str]:
        return {os.path.join(folder, name) for folder in self._folders for name in os.listdir(folder)}

    def _replaced(self) -> "list[tuple[str, str, list[str]]]":
        """Standard streams that are not those that the process was started with."""
        now = _targets(range(STDERR + 1))
        return [
            ("stream", f"{number}, now {now.get(number, 'closed')}", [])
            for number, target in self._standard.items()
            if now.get(number) != target
        ]

    def _changes(self) -> "list[tuple[str, str, list[str]]]":
        now = attributes()
        return [
            ("process", name, [])
            for name in sorted(now.keys() | self._attributes.keys())
            if now.get(name) != self._attributes.get(name)
        ]


def _targets(numbers: "Iterable[int | str]") -> dict[int, str]:
    """What descriptors lead to, without those that are closed."""
    found = {}
    for number in numbers:
        try:
            found[int(number)] = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
    return found


def _name_of_thread(number: int) -> str:
    threading = sys.modules.get("threading")
    named = threading._active.get(number) if threading else None  # noqa: SLF001 - enumerate() takes locks of the thread
    return f"{named.name!r}" if named else f"number {number}"


def _kernel_names() -> list[str]:
    names = []
    for number in sorted(os.listdir("/proc/self/task"), key=int):
        with open(f"/proc/self/task/{number}/comm") as file:
            names.append(file.read().strip())
    return names


def _descriptors() -> "list[tuple[str, str, list[str]]]":
    opened = _targets(os.listdir("/proc/self/fd"))  # without the one that listed the folder
    return [
        ("descriptor", f"{number}, which is {target}", _opened_at(number))
        for number, target in opened.items()
        if number > STDERR
    ]


def _opened_at(descriptor: int) -> list[str]:
    """Where the object that holds a descriptor was made, if ``tracemalloc`` runs."""
    tracemalloc = sys.modules.get("tracemalloc")
    if tracemalloc is None:
        return []
    import gc

    # Some of these types hold no references, so the collector knows only of what refers to them.
    tracked = gc.get_objects()
    for each in {id(one): one for one in [*tracked, *gc.get_referents(*tracked)]}.values():
        if type(each).__name__ in {"socket", "FileIO", "SSLSocket", "epoll"} and _number(each) == descriptor:
            trace = tracemalloc.get_object_traceback(each)
            return [
                f"{frame.filename}:{frame.lineno}"
                for frame in trace or ()
                if not any(own in frame.filename for own in OWN_FILES)
            ]
    return []


def _number(file: "Any") -> int:
    try:
        number: int = file.fileno()
    except (OSError, ValueError):
        return -1
    return number


def _shared_memory() -> "list[tuple[str, str, list[str]]]":
    """Mappings that other processes write to or read; in an image they would be this process's own."""
    found = []
    with open("/proc/self/maps") as file:
        for line in file:
            fields = line.split(maxsplit=5)
            if fields[1] == "rw-s":
                name = fields[5].strip() if len(fields) == MOST_FIELDS else "without a name"
                found.append(("shared memory", f"{fields[0]}, {name}", list[str]()))
    return found
