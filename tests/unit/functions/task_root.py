"""A function's code as Lambda would load it."""

import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[3]
FUNCTIONS = ROOT / "lambda_src" / "functions"


class TaskRoot:
    """A function's modules by name, loaded as in an execution environment of its own.

    Args:
        function: the name of its folder.
        environment: what the handler reads its configuration from; without one the handler is not loaded.
    """

    def __init__(self, function: str, environment: Mapping[str, str] | None = None) -> None:
        folder = FUNCTIONS / function
        names = {file.stem for file in folder.glob("*.py")} - ({"handler"} if environment is None else set())
        with exactly(environment or {}), alone(folder, names):
            self._modules = {name: importlib.import_module(name) for name in sorted(names)}

    def __getattr__(self, name: str) -> ModuleType:
        try:
            return self._modules[name]
        except KeyError:
            raise AttributeError(name) from None


@contextmanager
def exactly(environment: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    try:
        os.environ.clear()
        os.environ.update(environment)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def alone(folder: Path, names: set[str]) -> Iterator[None]:
    """Put a task root first on the path, and forget its modules afterwards: every function has a ``handler``."""
    hidden = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(hidden)
