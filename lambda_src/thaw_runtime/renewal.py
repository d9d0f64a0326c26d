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
    from collections.abc import Sequence
    from typing import Any

SEED_BYTES = 32
ENVIRONMENT_AT_ONCE = 1 << 16
# What the environment of a build holds in place of credentials.
PLACEHOLDER = "thaw-placeholder"


class Renewal:
    """Everything in this process that has a state of its own to draw from.

    Args:
        seeded: generators whose sequence is meant to repeat, because the user gave the seed.
        contexts: those of ``ssl`` that are to trust the authorities of the system.
        earlier: of the snapshot that this process took up, whose objects are not looked at again.
    """

    def __init__(
        self,
        seeded: "Sequence[object]" = (),
        contexts: "Sequence[Any]" = (),
        earlier: "Renewal | None" = None,
    ) -> None:
        self._contexts = contexts
        self._earlier = earlier
        objects = gc.get_objects()
        self._generators = [each for each in _generators(objects) if not any(each is one for one in seeded)]
        self._numpy_generators = _numpy_generators(objects)
        self._credentials = _credentials(objects)

    def renew(self, environment: int | None = None) -> None:
        """Gives this process its own environment, random numbers, clocks and names.

        Args:
            environment: descriptor of a file with the variables of this process, as the kernel lays them out; it is
                closed. Without one the variables stay as they are.

        Raises:
            OSError: the kernel gives no entropy.
        """
        if environment is not None:
            renew_environment(environment)
        if self._earlier is not None:
            self._earlier.renew()
        for generator in self._generators:
            generator.seed(os.urandom(SEED_BYTES))
        for generator in self._numpy_generators:
            _reseed_numpy(generator)
        for credentials in self._credentials:
            _renew_credentials(credentials)
        for module, renew in _RENEWED.items():
            if module in sys.modules:
                renew(sys.modules[module])

    def load_authorities(self) -> None:
        """Reads the certificate authorities of this system, of which there were none at build time."""
        for context in self._contexts:
            context.set_default_verify_paths()


def renew_environment(environment: int) -> None:
    """Makes ``os.environ``, the same object, that of this process; what libc holds was renewed before Python ran."""
    read = b""
    # A file object of Python's would be a dozen pages of memory to write to.
    while piece := os.read(environment, ENVIRONMENT_AT_ONCE):
        read += piece
    os.close(environment)
    entries = read.split(b"\0")
    variables = os.environ._data  # type: ignore[attr-defined]  # noqa: SLF001 - putenv would copy what libc has already
    variables.clear()
    variables.update(entry.split(b"=", 1) for entry in entries if b"=" in entry)


def _generators(objects: "list[Any]") -> "list[Any]":
    """The generators of pseudo-random numbers that somebody holds: those of ``random`` and users' own."""
    if "random" not in sys.modules:
        return []
    kind = sys.modules["random"].Random
    return [each for each in objects if isinstance(each, kind)]


def _numpy_generators(objects: "list[Any]") -> "list[Any]":
    """Those of numpy whose seed came from the system, bit generators and the legacy kind.

    Such a seed has 128 random bits, one that a user gave has as many as a number that people write.
    Source: https://numpy.org/doc/stable/reference/random/bit_generators/generated/numpy.random.SeedSequence.html
    """
    if "numpy.random" not in sys.modules:
        return []
    module = sys.modules["numpy.random"]
    legacy = [each for each in objects if isinstance(each, module.RandomState)]
    current = [each for each in objects if isinstance(each, module.BitGenerator)]
    owned = [each._bit_generator for each in legacy]  # noqa: SLF001 - there is no public way
    return [
        *(each for each in legacy if _has_system_seed(each._bit_generator)),  # noqa: SLF001
        *(each for each in current if _has_system_seed(each) and not any(each is one for one in owned)),
    ]


def _has_system_seed(bit_generator: "Any") -> bool:
    entropy = getattr(bit_generator.seed_seq, "entropy", None)
    return isinstance(entropy, int) and entropy.bit_length() > 64


def _reseed_numpy(generator: "Any") -> None:
    if hasattr(generator, "_bit_generator"):
        generator.seed()
    else:
        generator.state = type(generator)().state


def _credentials(objects: "list[Any]") -> "list[Any]":
    """What botocore made of the placeholders that a build has in place of credentials."""
    if "botocore.credentials" not in sys.modules:
        return []
    kind = sys.modules["botocore.credentials"].Credentials
    return [each for each in objects if isinstance(each, kind) and each.access_key == PLACEHOLDER]


def _renew_credentials(credentials: "Any") -> None:
    credentials.access_key = os.environ.get("AWS_ACCESS_KEY_ID")
    credentials.secret_key = os.environ.get("AWS_SECRET_ACCESS_KEY")
    credentials.token = os.environ.get("AWS_SESSION_TOKEN")


def _renew_ssl(module: "Any") -> None:
    # OpenSSL's generators reseed when their parent's seed has changed.
    module.RAND_add(os.urandom(SEED_BYTES), float(SEED_BYTES))


def _renew_tempfile(module: "Any") -> None:
    # It draws names from a generator of its own, renewed after a fork only.
    module._name_sequence = None  # noqa: SLF001 - there is no public way


def _renew_uuid(module: "Any") -> None:
    for name in (
        "_last_timestamp",
        "_last_timestamp_v6",
        "_last_timestamp_v7",
    ):  # the later ones from CPython 3.14 on
        if hasattr(module, name):
            setattr(module, name, None)
    # libuuid draws its clock sequence and, without a network card, its node once per process, out of reach. CPython's
    # own function draws a sequence per identifier; a drawn node has this bit set (RFC 9562, 6.10).
    module._generate_time_safe = None  # noqa: SLF001
    module._node = int.from_bytes(os.urandom(6), "big") | 1 << 40  # noqa: SLF001


def _renew_platform(module: "Any") -> None:
    module._uname_cache = None  # noqa: SLF001 - the kernel and the host's name
    module._platform_cache.clear()  # noqa: SLF001


def _renew_multiprocessing(module: "Any") -> None:
    # What processes of one program prove to each other that they belong together with.
    module.current_process().authkey = os.urandom(SEED_BYTES)


def _renew_threading(module: "Any") -> None:
    module.main_thread()._set_native_id()  # noqa: SLF001 - the kernel's number of this thread is another one


def _renew_logging(module: "Any") -> None:
    import time

    now = time.time()
    # From CPython 3.13 on in nanoseconds.
    module._startTime = time.time_ns() if isinstance(module._startTime, int) else now  # noqa: SLF001 - relativeCreated


def _renew_faulthandler(module: "Any") -> None:
    # The stack that its signal handlers run on was registered with the kernel by the process that was left.
    if module.is_enabled():
        module.disable()
        module.enable()


def _renew_time(module: "Any") -> None:
    module.tzset()


_RENEWED = {
    "faulthandler": _renew_faulthandler,
    "time": _renew_time,
    "_ssl": _renew_ssl,
    "tempfile": _renew_tempfile,
    "uuid": _renew_uuid,
    "platform": _renew_platform,
    "multiprocessing.process": _renew_multiprocessing,
    "threading": _renew_threading,
    "logging": _renew_logging,
}
