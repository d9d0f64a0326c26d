"""One handler's log, from our runtime and from AWS's own: each a process under the same Runtime API."""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runtime_api import Environment, RuntimeApi

from tests import builds

LAMBDA_SRC = Path(__file__).parents[2] / "lambda_src"
OURS = f"import sys; sys.path.insert(0, {str(LAMBDA_SRC)!r}); from thaw_runtime.main import main; main()"
COMMANDS = {
    "theirs": [sys.executable, "-m", "awslambdaric", "handler.handle"],
    "ours": [sys.executable, "-I", "-S", "-u", "-X", "utf8", "-c", OURS],
}
HEADERS = {"Content_Type": "application/json", "Lambda_Runtime_Aws_Tenant_Id": "tenant-1"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
FRAME_HEADER = 16
FORMS = {
    "text": {},
    "text with a level": {"AWS_LAMBDA_LOG_LEVEL": "DEBUG"},
    "text with an unknown level": {"AWS_LAMBDA_LOG_LEVEL": "LOUD"},
    "JSON": {"AWS_LAMBDA_LOG_FORMAT": "JSON"},
    "JSON in lower case, with Lambda's lowest level": {
        "AWS_LAMBDA_LOG_FORMAT": "json",
        "AWS_LAMBDA_LOG_LEVEL": "TRACE",
    },
}


# Each in a process of its own, so that one does not see another's configuration.
RUNS_EACH = """
import logging, logging.config, os, sys
log = logging.getLogger("mine")
def handle(codes, context):
    for code in codes:
        print("=====")
        if (child := os.fork()) == 0:
            try:
                exec(code, {**globals(), "context": context})
            except Exception as error:
                os.write(1, f"fails the invocation: {type(error).__name__}\\n".encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
"""


@dataclass(frozen=True)
class Log:
    """What one process wrote: standard output, standard error, and frames with their types, all without times."""

    out: str
    err: str
    frames: list[tuple[str, str]]
    answers: list[str]


def logged(
    side: str,
    code: str,
    folder: Path,
    *events: bytes,
    framed: bool = False,
    variables: Mapping[str, str] | None = None,
) -> Log:
    """The log of a process that handles the events, of ours or theirs; without events, of one that ends by itself."""
    builds.function(folder, handler=code)
    frames = folder / "frames"
    frames.write_bytes(b"")
    command = COMMANDS[side]
    variables = dict(variables or {})
    if framed:
        command = ["/bin/sh", "-c", 'exec 9>frames; exec "$@"', "sh", *command]
        variables["_LAMBDA_TELEMETRY_LOG_FD"] = "9"
    with RuntimeApi() as api:
        known = {
            "AWS_LAMBDA_RUNTIME_API": api.address,
            "_HANDLER": "handler.handle",
            "LAMBDA_TASK_ROOT": str(folder),
        }
        with Environment(command, {**known, **variables}, folder) as environment:
            answers = [api.invoke(event, **HEADERS).body.decode() for event in events]
            if not events:
                environment.exit_status()
        out, err = environment.output()
    return Log(_timeless(out), _timeless(err), _frames(frames.read_bytes()), answers)


def each(side: str, codes: list[str], folder: Path, variables: Mapping[str, str]) -> list[str]:
    """What each piece of code writes to standard output."""
    event = json.dumps(codes).encode()
    return logged(side, RUNS_EACH, folder, event, variables=variables).out.split("=====\n")[1:]


def _frames(data: bytes) -> list[tuple[str, str]]:
    frames = []
    while data:
        end = FRAME_HEADER + int.from_bytes(data[4:8], "big")
        frames.append((data[:4].hex(), _timeless(data[FRAME_HEADER:end].decode())))
        data = data[end:]
    return frames


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def _timeless(text: str) -> str:
    return TIME.sub(lambda time: re.sub(r"\d", "0", time[0]), text)
