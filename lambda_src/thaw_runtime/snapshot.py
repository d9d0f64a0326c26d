"""The moment at which a process is left at build time, and at which every execution environment goes on.

Nothing here is imported by a portable start.
"""

import gc
import os
import sys

from thaw_runtime import process_locale
from thaw_runtime.handler import HandlerError
from thaw_runtime.hooks import call
from thaw_runtime.main import main
from thaw_runtime.settings import SettingsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from thaw_runtime.hooks import Hook
    from thaw_runtime.renewal import Renewal


class Recorded:
    """What code that ran at build time saw of its process, and did to it.

    Attributes:
        values: variables of the environment that were read, with their values; None for those that were not set.
        required: variables whose value was not known, but has to be there.
        read_proxies: whether every variable that ends in ``_proxy`` was read, as ``urllib.request`` does.
        written: variables that were set; None for those that were deleted.
        folder: the working folder, None where it is still the task root.
        file_mask: as of umask(2).
        locales: that were set, each by the number of its category and its name, in order.
    """

    __slots__ = ("file_mask", "folder", "locales", "read_proxies", "required", "values", "written")

    def __init__(self) -> None:
        self.values: dict[str, str | None] = {}
        self.required: set[str] = set()
        self.read_proxies = False
        self.written: dict[str, str | None] = {}
        self.folder: str | None = None
        self.file_mask: int | None = None
        self.locales: list[tuple[int, str]] = []

    def difference(self, environment: "Mapping[str, str]") -> str | None:
        """Why what was read at build time would be wrong now; None where it holds. Shows no value."""
        for name, value in self.values.items():
            if environment.get(name) != value:
                return f"the environment variable {name} is not what it was when the snapshot was made"
        for name in self.required:
            if name not in environment:
                return f"the environment variable {name} is missing"
        if self.read_proxies and _proxies(environment) != _proxies(self.values):
            return "the environment names other proxies than when the snapshot was made"
        return None

    def repeat(self) -> None:
        """Does to this process what was done to the one that was left, all but the locale."""
        for name, value in self.written.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if self.folder is not None:
            os.chdir(self.folder)
        if self.file_mask is not None:
            os.umask(self.file_mask)


def leave(recorded: Recorded, renewal: "Renewal", hooks: "Sequence[Hook]") -> None:
    """Writes this process's memory to the image and ends; goes on from here in every process that takes it up.

    Args:
        recorded: what a new process must be like, and what has to be done to it.
        renewal: of what a new process must not share.
        hooks: called, in order, before the handler is looked up.
    """
    gc.collect()
    # Collections in the new process leave these objects, and so the pages they lie in, alone.
    gc.freeze()
    # The way into the native part: preload.c has put itself in front of it, and answers with a descriptor.
    environment = int(os.getloadavg()[0])
    if environment < 0:
        _start_portably("the environment cannot be read")
    renewal.renew(environment)
    _hand_over()
    if (reason := recorded.difference(os.environ)) is not None:
        _start_portably(reason)
    process_locale.choose()
    recorded.repeat()
    if (name := process_locale.repeat(recorded.locales)) is not None:
        _start_portably(f"there is no locale {name!r}, which was set when the snapshot was made")
    main(prepare=lambda: _prepare(renewal, hooks), renewal=renewal, wrapped=True)


def _hand_over() -> None:
    # Before the environment is compared: a wrapper is there to change it.
    if "AWS_LAMBDA_EXEC_WRAPPER" not in os.environ:
        return
    from thaw_runtime.wrapper import hand_over

    try:
        hand_over(from_snapshot=True)
    except SettingsError as error:
        sys.exit(f"thaw_runtime: {error}")


def _prepare(renewal: "Renewal", hooks: "Sequence[Hook]") -> None:
    renewal.load_authorities()
    for hook in hooks:
        try:
            call(hook)
        except Exception as error:
            raise HandlerError("Runtime.AfterRestoreError", f"{type(error).__name__}: {error}") from error


def _proxies(environment: "Mapping[str, str | None]") -> dict[str, str]:
    return {name: value for name, value in environment.items() if value and name.lower().endswith("_proxy")}


def _start_portably(reason: str) -> "NoReturn":
    # A name of the environment may hold any byte.
    os.write(2, os.fsencode(f"bootstrap: {reason}; starting without the snapshot\n"))
    portable = sys.prefix + "/bin/portable"
    os.execv(portable, [portable])  # noqa: S606 - the same start without the snapshot
