"""What is imported at build time, and what importing is watched for."""

import sys

from thaw_runtime.api import Invocation
from thaw_runtime.loop import serve
from thaw_runtime.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from snapshot_build.findings import Findings
    from snapshot_build.hazards import Hazards

# Enough for CPython's adaptive interpreter to have specialised what every invocation runs (PEP 659); it stays so in the
# image.
REHEARSALS = 64


def preloadable(names: list[str]) -> list[str]:
    """Of imported modules those that lie in the standard library or in the handler's dependencies."""
    folder = f"{sys.prefix}/"
    found = []
    for name in names:
        file = getattr(sys.modules.get(name), "__file__", None)
        if (
            file is not None
            and file.startswith(folder)
            and not f"{name}.".startswith(("thaw_runtime.", "snapshot_build."))
        ):
            found.append(name)
    return found


def preload(names: list[str], findings: "Findings", hazards: "Hazards") -> None:
    """Imports modules one by one, so that what goes wrong is known to be of one of them.

    Modules of a package in which something was found are skipped from there on: the build leaves the package out anyway.
    """
    for name in names:
        top = name.partition(".")[0]
        if any(finding["module"] == top for finding in findings.found):
            continue
        findings.importing = top
        try:
            __import__(name)
        except BaseException as error:  # noqa: BLE001 - whatever importing it raises is why it is left out
            findings.add("import", f"{name}: {type(error).__name__}: {error}")
        hazards.look()
    findings.importing = None


class Seeding:
    """Collects the generators of ``random`` that are given a seed, from when the module is there until ``stop``."""

    def __init__(self) -> None:
        self.generators: list[Any] = []
        self._import = __import__
        self._seed: Callable[..., None] | None = None

    def start(self) -> None:
        """Looks after every import whether ``random`` has come."""
        import builtins

        builtins.__import__ = self._importing

    def stop(self) -> None:
        """Puts back what was replaced."""
        import builtins

        builtins.__import__ = self._import
        if self._seed is not None:
            sys.modules["random"].Random.seed = self._seed
            sys.modules["random"].seed = sys.modules["random"]._inst.seed  # type: ignore[attr-defined]  # noqa: SLF001

    def _importing(self, *arguments: "Any", **named: "Any") -> "Any":
        imported = self._import(*arguments, **named)
        random = sys.modules.get("random")
        if self._seed is None and hasattr(random, "_inst"):
            self._watch(random)
        return imported

    def _watch(self, random: "Any") -> None:
        original = self._seed = random.Random.seed

        def seed(generator: "Any", a: "Any" = None, version: int = 2) -> None:
            original(generator, a, version)
            if a is not None:
                self.generators.append(generator)

        random.Random.seed = seed
        random.seed = random._inst.seed  # noqa: SLF001 - the module's functions are methods of this generator


def watch_seeding() -> Seeding:
    """Begins to collect the generators that are given a seed."""
    seeding = Seeding()
    seeding.start()
    return seeding


class _Unheard:
    """Takes responses to nobody."""

    def respond(self, *_: object) -> None:
        """Takes a response."""

    def fail(self, *_: object) -> None:
        """Takes a failure."""


def rehearse() -> None:
    """Serves invocations that nobody sent to a handler that does nothing."""
    settings = Settings({"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001", "LAMBDA_TASK_ROOT": "/var/task"})
    headers = {
        "lambda-runtime-aws-request-id": "rehearsal",
        "lambda-runtime-deadline-ms": "0",
        "lambda-runtime-invoked-function-arn": "",
        "content-type": "application/json",
    }
    invocations = [Invocation("rehearsal", headers, b'{"rehearsal": [1, 2.5, "text", null]}')] * REHEARSALS
    serve(invocations, lambda event, _context: event, _Unheard(), settings)  # type: ignore[arg-type]
