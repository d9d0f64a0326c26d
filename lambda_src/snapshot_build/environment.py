"""Notes what code reads of the environment at build time, because it will run in another one.

A variable whose value is known is noted with it, and every start compares. One whose value is not known before deployment
must not be read: the code would keep what the build put in its place.
"""

import os
import sys

from thaw_runtime.renewal import PLACEHOLDER
from thaw_runtime.snapshot import Recorded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from snapshot_build.findings import Findings

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
REQUIRED = CREDENTIALS[:2]
# Read by botocore, without a consequence for what it keeps: a part of its User-Agent header, and where the files lie
# that an execution environment does not have.
IMMATERIAL_TO_BOTOCORE = ("AWS_EXECUTION_ENV", "HOME", "USERPROFILE")
# Code that reads every variable and keeps some: module and function, and which names those are.
PROXIES = "_proxy"
READERS_OF_ALL = {
    ("urllib.request", "getproxies_environment"): PROXIES,
    ("botocore.utils", "__init__"): "AWS_EC2_METADATA_DISABLED",
}


class RecordingEnvironment(os._Environ):  # type: ignore[type-arg]  # noqa: SLF001 - os.environ's own class, whose place it takes
    """``os.environ`` while the build runs; every way of reading ends in these methods."""

    recorder: "Recorder"

    def __getitem__(self, key: str) -> str:
        self.encodekey(key)  # TypeError for a name of the other type, which os.get_exec_path counts on
        value = self.recorder.read(os.fsdecode(key))
        if value is None:
            raise KeyError(key)
        return value if isinstance(key, str) else os.fsencode(value)

    def __setitem__(self, key: str, value: str) -> None:
        super().__setitem__(key, value)
        self.recorder.written[os.fsdecode(key)] = os.fsdecode(value)

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self.recorder.written[os.fsdecode(key)] = None

    def __iter__(self) -> "Iterator[str]":
        self.recorder.iterate()
        return super().__iter__()


class Recorder:
    """Stands between ``os.environ`` and whoever reads it, from ``start`` to ``stop``.

    Args:
        variables: what the environment will hold; None where the value is not known.
        findings: told of reads that must not be.
    """

    def __init__(self, variables: "dict[str, str | None]", findings: "Findings") -> None:
        self.values: dict[str, str | None] = {}
        self.required: set[str] = set()
        self.read_proxies = False
        self.written: dict[str, str | None] = {}
        self.readers: dict[str, str] = {}
        self._variables = dict(variables)
        self._findings = findings
        self._class = os.environ.__class__

    def start(self) -> None:
        """Makes the environment the function's, and every read of it noted."""
        # Libraries in C still see what the build set for them, through libc.
        os.environ._data.clear()  # type: ignore[attr-defined]  # noqa: SLF001
        # That one was for the interpreter's own start (task_root.py). Code that asks for the environment's locale gets an error,
        # as it does on a system that lacks it.
        os.unsetenv("LC_ALL")
        os.environ.update({name: value for name, value in self._variables.items() if value is not None})
        RecordingEnvironment.recorder = self
        for environment in (os.environ, os.environb):
            environment.__class__ = RecordingEnvironment

    def stop(self) -> Recorded:
        """Lets go of the environment, and returns what a start needs to know."""
        for environment in (os.environ, os.environb):
            environment.__class__ = self._class
        recorded = Recorded()
        recorded.values, recorded.required = self.values, self.required
        recorded.read_proxies, recorded.written = self.read_proxies, self.written
        return recorded

    def read(self, name: str) -> str | None:
        """The value that code at build time sees of a variable."""
        if name in self.written:
            return self.written[name]
        frame = _reader()
        if _module(frame).startswith("botocore.") and name in (*CREDENTIALS, *IMMATERIAL_TO_BOTOCORE):
            return self._for_botocore(name)
        if (kept := _kept_of_all()) is not None:
            self._note_kept(kept, frame)
            return self._variables.get(name)
        return self._note(name, frame)

    def iterate(self) -> None:
        """Judges a read of all variables at once."""
        if (kept := _kept_of_all()) is None:
            self._findings.add(
                "environment", "all variables, some of which are not known at build time", _reader()
            )
        else:
            self._note_kept(kept, _reader())

    def _note(self, name: str, frame: "FrameType") -> str | None:
        value = self._variables.get(name)
        if name in self._variables and value is None:
            self._findings.add("environment", f"{name}, whose value is not known at build time", frame)
            return PLACEHOLDER
        self.values[name] = value
        self.readers.setdefault(name, _place(frame))
        return value

    def _note_kept(self, kept: str, frame: "FrameType") -> None:
        if kept != PROXIES:
            self._note(kept, frame)
            return
        self.read_proxies = True
        for name in [name for name in self._variables if name.lower().endswith(PROXIES)]:
            self._note(name, frame)

    def _for_botocore(self, name: str) -> str | None:
        if name in IMMATERIAL_TO_BOTOCORE or name == "AWS_SECURITY_TOKEN":
            return None
        self.required.update(REQUIRED)
        return PLACEHOLDER


# Between the code that reads and this file: os and what its classes inherit.
_BETWEEN = ("os", "posixpath", "_collections_abc", "collections.abc", "snapshot_build.environment")


def _reader() -> "FrameType":
    frame = sys._getframe(1)  # noqa: SLF001 - inspect would stay in the image
    while _module(frame) in _BETWEEN and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _module(frame: "FrameType") -> str:
    name: str = frame.f_globals.get("__name__", "")
    return name


def _place(frame: "FrameType") -> str:
    """File and line of the handler's own code that led to a read, else of the code that reads."""
    own: FrameType | None = frame
    while own is not None and not _is_own(own.f_code.co_filename):
        own = own.f_back
    shown = own or frame
    return f"{shown.f_code.co_filename}:{shown.f_lineno}"


def _is_own(file: str) -> bool:
    return file.startswith("/var/task/") and not file.startswith("/var/task/thaw/")


def _kept_of_all() -> str | None:
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001
    while frame is not None and _module(frame) in _BETWEEN:
        frame = frame.f_back
    return READERS_OF_ALL.get((_module(frame), frame.f_code.co_name)) if frame is not None else None
