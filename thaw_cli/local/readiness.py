"""Awaiting that a kept server answers."""

import time
from collections.abc import Callable
from pathlib import Path

from thaw_cli.errors import ServerFailedError
from thaw_cli.local.keeper import Keeper

_DEADLINE_SECONDS = 60.0
_INTERVAL_SECONDS = 0.05
_LOG_LINES_SHOWN = 15


def await_ready(server: str, keeper: Keeper, answers: Callable[[], bool], *, log: Path) -> None:
    """Returns as soon as ``answers`` says so.

    Raises:
        ServerFailedError: the server ended, or did not answer within a minute; carries the end of its log.
    """
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while not answers():
        if not keeper.alive:
            raise _failure(f"{server} ended while it started", log)
        if time.monotonic() > deadline:
            raise _failure(f"{server} did not answer within {_DEADLINE_SECONDS:.0f} s", log)
        time.sleep(_INTERVAL_SECONDS)


def _failure(what: str, log: Path) -> ServerFailedError:
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:])
    return ServerFailedError(f"{what}. The end of its log:\n{tail}", change=f"read {log}, then try again")
