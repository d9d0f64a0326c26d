"""Spares a start the writing of reference counts: a page that is written to is a page that the kernel has to copy.

Since CPython 3.12 an object whose reference count has a certain value is immortal: nothing counts references to it any
more, and it is never freed (PEP 683). What modules consist of lives as long as they do, which in a function is for ever, so
it is made immortal before the memory is left. Instances, lists and dictionaries of users are not: they may be dropped, and
something may wait for that.
"""

import os
import sys
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    ModuleType,
    WrapperDescriptorType,
)

from snapshot_build.objects import parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SINCE = (3, 12)
COUNT_BYTES = 4
KINDS = (
    *(BuiltinFunctionType, ClassMethodDescriptorType, CodeType, FunctionType, GetSetDescriptorType),
    *(MemberDescriptorType, MethodDescriptorType, ModuleType, WrapperDescriptorType),
    *(type, str, bytes, int, float, tuple, frozenset, property, staticmethod, classmethod),
)


def make_immortal() -> None:
    """Makes immortal what the modules of this process consist of; nothing before CPython 3.12."""
    if sys.version_info < SINCE:
        return
    namespaces = {id(module.__dict__) for module in sys.modules.values() if isinstance(module, ModuleType)}
    memory = os.open("/proc/self/mem", os.O_RDWR)
    try:
        # The low half of the count is what is compared, and None has the value that this version compares with.
        count = os.pread(memory, COUNT_BYTES, id(None))
        for each in _reachable():
            if id(each) in namespaces or type(each) in KINDS or isinstance(each, type):
                os.pwrite(memory, count, id(each))
    finally:
        os.close(memory)


def _reachable() -> "list[Any]":
    """Everything that modules lead to; each object once."""
    found: dict[int, Any] = {}
    waiting: list[Any] = list(sys.modules.values())
    while waiting:
        each = waiting.pop()
        if id(each) not in found:
            found[id(each)] = each
            waiting.extend(parts(each))
    return list(found.values())
