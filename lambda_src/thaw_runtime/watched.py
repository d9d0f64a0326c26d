"""Calls that code makes while it is initialised and that have to be known afterwards: seeds given, certificates loaded, locales set."""

import builtins
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# A seed of more bits is drawn and not written down; numpy's own, drawn from the system, have 128.
WRITTEN_BITS = 64
WRITTEN_BYTES = 8
WRITTEN_DECIMALS = 3
NEAR_SECONDS = 3600


class Watched:
    """Notes those calls from ``start`` to ``stop``.

    Attributes:
        generators: those of ``random`` whose sequence is meant to repeat, because the seed is written in the code.
        contexts: those of ``ssl`` that were told to trust the authorities of the system, which the build has none of.
        locales: that were set, by the number of the category and the name; the build has none but "C".
    """

    def __init__(self) -> None:
        self.generators: list[Any] = []
        self.contexts: list[Any] = []
        self.locales: list[tuple[int, str]] = []
        self._import = builtins.__import__
        self._waiting = {"random": self._watch_random, "ssl": self._watch_ssl, "locale": self._watch_locale}
        self._seed: Any = None
        self._setlocale: Any = None

    def start(self) -> None:
        """Looks after every import whether a module has come whose calls are to be noted."""
        builtins.__import__ = self._importing

    def stop(self) -> None:
        """Puts back what was replaced."""
        builtins.__import__ = self._import
        if self._seed is not None:
            sys.modules["random"].Random.seed = self._seed
            sys.modules["random"].seed = sys.modules["random"]._inst.seed  # type: ignore[attr-defined]  # noqa: SLF001
        if "ssl" in sys.modules and "ssl" not in self._waiting:
            del sys.modules["ssl"].SSLContext.set_default_verify_paths
        if self._setlocale is not None:
            sys.modules["locale"]._setlocale = self._setlocale  # type: ignore[attr-defined]  # noqa: SLF001

    def _importing(self, *arguments: "Any", **named: "Any") -> "Any":
        imported = self._import(*arguments, **named)
        for name in list(self._waiting):
            module: Any = sys.modules.get(name)
            if module is not None and not module.__spec__._initializing:  # noqa: SLF001 - there is no public way
                self._waiting.pop(name)(module)
        return imported

    def _watch_random(self, random: "Any") -> None:
        original = self._seed = random.Random.seed

        def seed(generator: "Any", a: "Any" = None, version: int = 2) -> None:
            original(generator, a, version)
            self.generators[:] = [each for each in self.generators if each is not generator]
            if is_written(a):
                self.generators.append(generator)

        random.Random.seed = seed
        random.seed = random._inst.seed  # noqa: SLF001 - the module's functions are methods of this generator

    def _watch_ssl(self, ssl: "Any") -> None:
        original = ssl.SSLContext.set_default_verify_paths

        def set_default_verify_paths(context: "Any") -> None:
            original(context)
            self.contexts.append(context)

        # load_default_certs, and with it create_default_context, calls this one.
        ssl.SSLContext.set_default_verify_paths = set_default_verify_paths

    def _watch_locale(self, locale: "Any") -> None:
        original = self._setlocale = locale._setlocale  # noqa: SLF001 - what locale.setlocale calls

        def setlocale(category: int, name: str | None = None) -> str:
            result: str = original(category, name)
            if name is not None:
                self.locales.append((category, name))
            return result

        locale._setlocale = setlocale  # noqa: SLF001


def is_written(seed: object) -> bool:
    """Whether a seed was chosen by whoever wrote the code, and was not drawn from the system or a clock at build time."""
    if isinstance(seed, str):
        return True
    if isinstance(seed, bytes | bytearray):
        return len(seed) < WRITTEN_BYTES
    if isinstance(seed, float):
        return seed == round(seed, WRITTEN_DECIMALS)
    return isinstance(seed, int) and seed.bit_length() <= WRITTEN_BITS and not _is_drawn(seed)


def _is_drawn(number: int) -> bool:
    """Whether it is the process's number, or about the present time in seconds or thousandths to billionths of them."""
    now = time.time()
    units = (1, 10**3, 10**6, 10**9)
    return number == os.getpid() or any(abs(number / unit - now) < NEAR_SECONDS for unit in units)
