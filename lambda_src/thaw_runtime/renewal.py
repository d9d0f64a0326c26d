"""What must not be the same in two processes that take up the same memory.

``Renewal()`` is made before the memory is left and looks for what will have to be renewed; ``renew()`` runs first thing in
every process that takes it up, before any code of the user's. Only modules that are loaded are touched, so that an image
holds nothing for the sake of being renewed.
"""

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SEED_BYTES = 32


class Renewal:
    """Everything in this process that has a state of its own to draw from."""

    def __init__(self) -> None:
        self._generators = _generators(gc.get_objects())

    def renew(self) -> None:
        """Gives this process its own environment, random numbers, clocks and names.

        Raises:
            OSError: the kernel does not say what the environment is, or gives no entropy.
        """
        renew_environment()
        for generator in self._generators:
            generator.seed(os.urandom(SEED_BYTES))
        for module, renew in _RENEWED.items():
            if module in sys.modules:
                renew(sys.modules[module])


def renew_environment() -> None:
    """Makes ``os.environ``, the same object, that of this process.

    The kernel keeps the environment that a process was started with; what libc holds was renewed before Python ran.
    """
    with open("/proc/self/environ", "rb") as file:
        entries = file.read().split(b"\0")
    variables = os.environ._data  # type: ignore[attr-defined]  # noqa: SLF001 - putenv would copy what libc has already
    variables.clear()
    variables.update(entry.split(b"=", 1) for entry in entries if b"=" in entry)


def _generators(objects: "list[Any]") -> "list[Any]":
    """The generators of pseudo-random numbers that somebody holds: those of ``random`` and users' own."""
    if "random" not in sys.modules:
        return []
    kind = sys.modules["random"].Random
    return [each for each in objects if isinstance(each, kind)]


def _renew_ssl(module: "Any") -> None:
    # OpenSSL's generators reseed when their parent's seed has changed.
    module.RAND_add(os.urandom(SEED_BYTES), float(SEED_BYTES))


def _renew_tempfile(module: "Any") -> None:
    # It draws names from a generator of its own, renewed after a fork only.
    module._name_sequence = None  # noqa: SLF001 - there is no public way


def _renew_uuid(module: "Any") -> None:
    module._node = module._last_timestamp = None  # noqa: SLF001 - the host's address, and the last time-based id


def _renew_threading(module: "Any") -> None:
    module.main_thread()._set_native_id()  # noqa: SLF001 - the kernel's number of this thread is another one


def _renew_logging(module: "Any") -> None:
    import time

    now = time.time()
    # From CPython 3.13 on in nanoseconds.
    module._startTime = time.time_ns() if isinstance(module._startTime, int) else now  # noqa: SLF001 - relativeCreated


_RENEWED = {
    "_ssl": _renew_ssl,
    "tempfile": _renew_tempfile,
    "uuid": _renew_uuid,
    "threading": _renew_threading,
    "logging": _renew_logging,
}
