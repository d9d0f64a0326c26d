"""What is imported at build time, and what importing is watched for."""

import sys

from thaw_runtime import logs, loop
from thaw_runtime.api import Invocation
from thaw_runtime.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from snapshot_build.findings import Findings
    from snapshot_build.hazards import Hazards

# Enough for CPython's adaptive interpreter to have specialised what every invocation runs (PEP 659); it stays so in the
# image.
REHEARSALS = 64
# Imported where the handler is asynchronous. Of other modules of the runtime it means something that they are loaded.
AWAITING = "thaw_runtime.asynchronous"


def preloadable(names: list[str]) -> list[str]:
    """Of imported modules those that lie in the standard library or in the handler's dependencies."""
    folder = f"{sys.prefix}/"
    found = []
    for name in names:
        file = getattr(sys.modules.get(name), "__file__", None)
        if (
            file is not None
            and file.startswith(folder)
            and (name == AWAITING or not f"{name}.".startswith(("thaw_runtime.", "snapshot_build.")))
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


class _Unheard:
    """Takes responses to nobody."""

    def respond(self, *_: object) -> None:
        """Takes a response."""

    def fail(self, *_: object) -> None:
        """Takes a failure."""


def rehearse() -> None:
    """Serves invocations that nobody sent to a handler that does nothing; what takes part beside it is the user's, and does not."""
    settings = Settings({"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001", "LAMBDA_TASK_ROOT": "/var/task"})
    headers = {
        "lambda-runtime-aws-request-id": "rehearsal",
        "lambda-runtime-deadline-ms": "0",
        "lambda-runtime-invoked-function-arn": "",
        "content-type": "application/json",
    }
    invocations = [Invocation("rehearsal", headers, b'{"rehearsal": [1, 2.5, "text", null]}')] * REHEARSALS
    steps, loop.steps[:] = loop.steps[:], [loop.answer]
    loop.serve(invocations, lambda event, _context: event, _Unheard(), settings)  # type: ignore[arg-type]
    loop.steps[:] = steps
    logs.current.invocation = None
