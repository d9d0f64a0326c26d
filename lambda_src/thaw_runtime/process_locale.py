"""The locale of a process that takes a snapshot up, chosen as the interpreter chooses it at its start.

At build time there is none to choose but "C": nothing but the task root can be seen. Without this, text in C code
(``wcwidth``, ``mbstowcs``) and child processes would depend on how a function was built.
Source: https://peps.python.org/pep-0538/
"""

import os
from _locale import LC_ALL, LC_CTYPE, Error, setlocale  # type: ignore[attr-defined]  # its stubs lack Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# In the interpreter's order; the first that the system has.
TARGETS = ("C.UTF-8", "C.utf8", "UTF-8")


def choose() -> None:
    """Makes the locale of characters what the environment says, or one of UTF-8 where that is "C" or is not there.

    Child processes are told of the latter by ``LC_CTYPE``.
    """
    if _set(LC_CTYPE, "") not in {None, "C"} or os.environ.get("LC_ALL"):
        return
    for name in TARGETS:
        if _set(LC_CTYPE, name) is not None:
            os.environ["LC_CTYPE"] = name
            _set(LC_ALL, "")
            return


def repeat(calls: "Iterable[tuple[int, str]]") -> str | None:
    """Sets what code at build time has set; returns the first locale that this system lacks, or None."""
    for category, name in calls:
        if _set(category, name) is None:
            return name
    return None


def _set(category: int, name: str) -> str | None:
    try:
        return setlocale(category, name)
    except Error:
        return None
