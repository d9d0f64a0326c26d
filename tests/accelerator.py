"""The runtime's module in C, for the tests that run the runtime's source within their own process."""

import importlib.util
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from thaw_runtime import codec, connection

from constructs_lib.bundling.native import compile_accelerator
from constructs_lib.bundling.recipe import Architecture
from constructs_lib.bundling.starts import MACHINES

NAME = "_accelerator"


@cache
def compiled() -> ModuleType:
    """The module, with traps where the C standard leaves behaviour undefined."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, f"{NAME}.abi3.so")
        (architecture,) = (each for each in Architecture if MACHINES[each] == platform.machine())
        compile_accelerator(library, architecture=architecture, debug=True)
        spec = importlib.util.spec_from_file_location(NAME, library)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


@contextmanager
def in_use(accelerator: Any) -> Iterator[None]:
    """Has the runtime of this process use it."""
    with (
        patch.object(connection, "accelerator", accelerator),
        patch.object(codec, "accelerator", accelerator),
    ):
        yield
