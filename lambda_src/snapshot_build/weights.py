"""What of the memory belongs to which package; an estimate, made in a trial run, because making it uses memory."""

import sys
from types import FunctionType, ModuleType

from snapshot_build.objects import parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def weigh(names: list[str]) -> dict[str, int]:
    """Bytes of Python objects by package, the heaviest first.

    Functions and classes count for the package that defines them, everything else for the first module, in the order of
    ``names``, from which it can be reached. Memory that libraries in C allocate by themselves is not seen.
    """
    modules = [sys.modules[name] for name in names if isinstance(sys.modules.get(name), ModuleType)]
    # Every function refers to the namespace of its module, which would lead from any module to all others.
    seen = {id(module.__dict__) for module in sys.modules.values() if isinstance(module, ModuleType)}
    weights = dict.fromkeys((module.__name__.partition(".")[0] for module in modules), 0)
    for module in modules:
        package = module.__name__.partition(".")[0]
        others = weights.keys() - {package}
        weights[package] += _weigh(list(module.__dict__.values()), others, seen)
        weights[package] += sys.getsizeof(module.__dict__)
    return dict(sorted(weights.items(), key=lambda item: -item[1]))


def _weigh(waiting: "list[Any]", others: set[str], seen: set[int]) -> int:
    total = 0
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, ModuleType) or _home(each) in others:
            continue
        seen.add(id(each))
        total += sys.getsizeof(each, 0)
        waiting.extend(parts(each))
    return total


def _home(each: object) -> str | None:
    if not isinstance(each, FunctionType | type):
        return None
    module = getattr(each, "__module__", None)
    return module.partition(".")[0] if isinstance(module, str) else None
