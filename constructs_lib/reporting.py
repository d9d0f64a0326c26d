"""How a mistake of the user reaches the user."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from constructs_lib.bundling.errors import ThawError

_NOT_THE_USERS = ("constructs_lib", "site-packages", "dist-packages")


@contextmanager
def reported() -> Iterator[None]:
    """Ends the program with the message of a ``ThawError``, the line of the user's code it came from, and status 1.

    For the main program of a CDK application: a stack trace through the CDK's bindings tells the reader nothing that
    the message does not. Other exceptions pass.
    """
    try:
        yield
    except ThawError as error:
        lines = [str(error), *getattr(error, "__notes__", [])]
        print(*lines, *_origin(error), sep="\n", file=sys.stderr)  # noqa: T201 - the CDK CLI shows it
        sys.exit(1)


def _origin(error: ThawError) -> list[str]:
    """The innermost line that belongs neither to this library nor to an installed package."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)[1:]
        if not {*_NOT_THE_USERS} & {*Path(frame.filename).parts}
    ]
    return [f"  at: {frame.filename}:{frame.lineno}" for frame in frames[-1:]]
