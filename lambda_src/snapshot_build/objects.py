"""What objects consist of, as far as it can be asked."""

import gc
from types import CodeType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def parts(each: object) -> "Iterable[Any]":
    """The objects that an object refers to; of code too, into which the collector does not look."""
    if not isinstance(each, CodeType):
        return gc.get_referents(each)
    tables = (each.co_names, each.co_consts, each.co_linetable, each.co_exceptiontable)
    names = (*each.co_names, *each.co_varnames, *each.co_freevars, *each.co_cellvars)
    return (*tables, each.co_name, each.co_qualname, each.co_filename, *names)
