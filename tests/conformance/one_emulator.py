"""Handlers of one artifact under AWS's own Runtime Interface Emulator."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeAlias

from thaw_cli.local.emulator import Emulator

# Called with the handler's name, and with environment variables if it is to have more.
Run: TypeAlias = Callable[..., Emulator]


@contextmanager
def emulators(root: Path, folder: Path) -> Iterator[Run]:
    """Starts emulators of a task root's handlers, which end with the context; their log is in the folder."""
    with ExitStack() as running:

        def run(function: str, **variables: str) -> Emulator:
            emulator = Emulator(root, f"handler.{function}", folder=folder, variables=variables, timeout=20)
            return running.enter_context(emulator)

        yield run
