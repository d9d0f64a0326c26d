"""The part of ``thaw_runtime`` that reads configuration in Lambda, used at synth too.

What is judged by the code that will read it can neither pass here and fail there nor the other way round. The runtime is the
standard library's alone, so that it can be loaded anywhere; in a checkout it is not on the path of imports.
"""

import sys
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

from constructs_lib.bundling.runtime_sources import THAW_RUNTIME


@cache
def module(name: str) -> Any:
    """A module of the runtime, such as ``config_tree``."""
    if THAW_RUNTIME.name not in sys.modules:
        _load_package()
    return import_module(f"{THAW_RUNTIME.name}.{name}")


def _load_package() -> None:
    spec = spec_from_file_location(THAW_RUNTIME.name, THAW_RUNTIME / "__init__.py")
    if spec is None or spec.loader is None:  # of a file with this suffix it is neither
        raise ImportError(THAW_RUNTIME)
    package = module_from_spec(spec)
    sys.modules[THAW_RUNTIME.name] = package
    spec.loader.exec_module(package)
