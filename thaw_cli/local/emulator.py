"""The Runtime Interface Emulator of AWS, unmodified, for one function on loopback."""

import http.client
import json
import os
import platform
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from constructs_lib.bundling import Architecture, oci
from thaw_cli.local.keeper import Keeper
from thaw_cli.local.ports import LOOPBACK, free_port, listens
from thaw_cli.local.readiness import await_ready

# The one path that the emulator serves.
# Source: https://github.com/aws/aws-lambda-runtime-interface-emulator
INVOCATIONS = "/2015-03-31/functions/function/invocations"
# Not JSON, so no result of a handler's that was written as such.
_TIMED_OUT = re.compile(rb"Task timed out after \d+\.00 seconds")
_ARCHITECTURES = {"x86_64": Architecture.X86_64, "aarch64": Architecture.ARM64}
_LOG_SECONDS = 0.05


def machine() -> Architecture:
    """The instruction set of this machine, by Lambda's name."""
    return _ARCHITECTURES[platform.machine()]


@dataclass(frozen=True)
class Answer:
    """What a caller of Lambda's Invoke gets: a payload, which may describe an error, and the log."""

    payload: bytes
    log: str

    @property
    def failed(self) -> bool:
        """Whether the payload describes an error or a timeout; nothing else of the emulator's answer tells."""
        if _TIMED_OUT.fullmatch(self.payload):
            return True
        try:
            document = json.loads(self.payload)
        except ValueError:
            return False
        return isinstance(document, dict) and {"errorType", "errorMessage"} <= document.keys()


class Emulator:
    """Runs a task root under the emulator for as long as the context lasts.

    Args:
        root: a task root with a ``bootstrap``.
        handler: passed on as ``_HANDLER``.
        folder: where the log goes; must exist.
        variables: the function's environment variables.
        timeout: of an invocation, in seconds.
        port: where invocations are taken, on loopback. Default: a free one.
    """

    def __init__(
        self,
        root: Path,
        handler: str,
        *,
        folder: Path,
        variables: Mapping[str, str],
        timeout: int,
        port: int | None = None,
    ) -> None:
        self._root = root.absolute()
        self._handler = handler
        self._variables = variables
        self._timeout = timeout
        self._log = folder / "emulator.log"
        self._port, self._api_port = port or free_port(), free_port()
        self._keeper: Keeper | None = None

    def __enter__(self) -> Self:
        self._keeper = Keeper(
            self._command(), log=self._log, environment=self._environment(), folder=self._root
        )
        try:
            await_ready("the Runtime Interface Emulator", self._keeper, self._listens, log=self._log)
        except BaseException:
            self._keeper.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._keeper is not None:
            self._keeper.stop()

    @property
    def url(self) -> str:
        """Where invocations are to be posted."""
        return f"http://localhost:{self._port}{INVOCATIONS}"

    def follow(self, write: Callable[[str], object]) -> None:
        """Hands on what is written to the log, as it is written, until the emulator ends or this is interrupted."""
        with self._log.open(errors="replace") as file:
            try:
                while self._keeper is not None and self._keeper.alive:
                    write(file.read())
                    time.sleep(_LOG_SECONDS)
            finally:
                write(file.read())

    def invoke(self, event: bytes) -> Answer:
        """Invokes the function once and waits for its answer; the first call starts it.

        Raises:
            OSError: the emulator is gone.
        """
        written = self._log.stat().st_size
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=self._timeout + 30)
        try:
            connection.request("POST", INVOCATIONS, event, {"Content-Type": "application/json"})
            payload = connection.getresponse().read()
        finally:
            connection.close()
        return Answer(payload, self._log.read_bytes()[written:].decode(errors="replace"))

    def _command(self) -> list[str]:
        return [
            str(oci.emulator(machine())),
            *self._options(),
            str(self._root / "bootstrap"),
            self._handler,
        ]

    def _options(self) -> list[str]:
        return [
            *("--runtime-interface-emulator-address", f"{LOOPBACK}:{self._port}"),
            *("--runtime-api-address", f"{LOOPBACK}:{self._api_port}"),
            *("--log-level", "error"),
        ]

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.defpath,
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(self._timeout),
            "LAMBDA_TASK_ROOT": str(self._root),
            **self._variables,
        }

    def _listens(self) -> bool:
        return listens(self._port)
