"""Proves an image before anybody relies on it: takes it up several times under an emulated Runtime API."""

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.runtime_api import RuntimeApi, UnexpectedRequestError
from constructs_lib.bundling.touched import Touched, touched

TIMES = 3
PATIENCE_SECONDS = 30.0
EVENT = b'{"verified": [1, 2.5, "\\u00e9", null]}'
# Returns its event; nothing of the user's runs.
HANDLER = "thaw_runtime.rehearsal.answer"


class VerificationError(BundlingError):
    """An image was made that does not answer."""

    id = "THAW017"


def verify(command: Sequence[str], variables: Mapping[str, str], report: Mapping[str, Any]) -> None:
    """Starts the image, and expects the answer to an event.

    Where code at build time looked at ``_HANDLER``, another handler would be another environment; the image is then
    expected to get as far as asking for an event, and no handler is called.

    Args:
        command: starts the image where it belongs.
        variables: of its environment.
        report: of the run that left the image.

    Raises:
        VerificationError: it ended, started portably, or answered something else.
    """
    for _ in range(TIMES):
        rehearse(command, variables, report)


def rehearse(command: Sequence[str], variables: Mapping[str, str], report: Mapping[str, Any]) -> Touched:
    """Does the same once, and returns what the process used of its memory until it had answered.

    Raises:
        VerificationError: it ended, started portably, or answered something else.
    """
    answers = "_HANDLER" not in report["environment"]
    handler = {"_HANDLER": HANDLER} if answers else {}
    with RuntimeApi(PATIENCE_SECONDS) as api, tempfile.TemporaryFile() as output:
        environment = {**variables, **handler, "AWS_LAMBDA_RUNTIME_API": api.address}
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            api.await_next()
            wrong = _wrong_answer(api) if answers else None
            used = touched(process.pid)
        except (UnexpectedRequestError, ValueError, OSError) as error:
            wrong = f"{type(error).__name__}: {error}"
            if (status := process.poll()) is not None:
                wrong += f"; it ended with status {status}"
        finally:
            process.kill()
            process.wait()
        output.seek(0)
        said = output.read().decode(errors="replace").strip()
        if wrong is not None or "starting without the snapshot" in said:
            raise VerificationError(
                "the snapshot was made, but does not start",
                received="\n".join(filter(None, [wrong, said])),
                change='use start="portable" for this function, and report this with the output of `thaw doctor`',
            )
    return used


def _wrong_answer(api: RuntimeApi) -> str | None:
    """What came back in place of the event; None where it was the event, and the next one has been asked for."""
    answer, _ = api.invoke(EVENT)
    if json.loads(answer) != json.loads(EVENT):
        return f"the event {EVENT!r} was answered with {answer!r}"
    api.await_next()
    return None
