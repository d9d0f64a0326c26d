"""Hooks around a snapshot, by the names and with the order that AWS's module of the same name has.

A function that brings AWS's module along uses that one; either way the same hooks run. Before the memory is left the
last registered runs first; in every execution environment the first registered runs first.
Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

from collections.abc import Callable
from typing import Any, TypeVar

Hook = tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]
_Function = TypeVar("_Function", bound=Callable[..., object])

_before_snapshot: list[Hook] = []
_after_restore: list[Hook] = []


def register_before_snapshot(function: _Function, *arguments: Any, **named: Any) -> _Function:
    """Has a function called before the snapshot is made; also a decorator."""
    _before_snapshot.append((function, arguments, named))
    return function


def register_after_restore(function: _Function, *arguments: Any, **named: Any) -> _Function:
    """Has a function called in each execution environment before its first invocation; also a decorator."""
    _after_restore.append((function, arguments, named))
    return function


def get_before_snapshot() -> list[Hook]:
    """What was registered to run before the snapshot, in the order of registration."""
    return _before_snapshot


def get_after_restore() -> list[Hook]:
    """What was registered to run in each execution environment, in the order of registration."""
    return _after_restore
