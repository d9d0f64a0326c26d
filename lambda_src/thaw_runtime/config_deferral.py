"""Objects that stand for a configuration that is not read yet.

While a snapshot is made there are no credentials, no network and no values that only the deployment knows, and what was read
would be the same in every environment. A handler's module may ask for its configuration all the same: it gets an object
of the right class that gets its values in each environment.
"""

from typing import Any


def deferred(kind: type[Any], fill: Any) -> Any:
    """An object of ``kind`` without its values, which ``fill`` gives it when it is first looked at.

    Args:
        kind: a frozen dataclass, or ``Configuration``.
        fill: returns the object that has the values.
    """

    class Deferred(kind):  # type: ignore[misc]
        """Looks like the object it is going to be."""

        __slots__ = ()

        def __getattribute__(self, name: str) -> Any:
            if name == "__class__":  # isinstance asks
                return kind
            settle(self, kind, fill())
            return getattr(self, name)

    for name in ("__eq__", "__hash__", "__repr__", "__getitem__", "__iter__", "__len__", "__contains__"):
        if hasattr(kind, name):
            setattr(Deferred, name, _after_filling(name))
    return object.__new__(Deferred)


def settle(target: Any, kind: type[Any], filled: Any) -> None:
    """Gives a deferred object the values of another one, and makes it one of ``kind``."""
    if type(target) is kind:
        return
    for name in _attributes(filled):
        object.__setattr__(target, name, object.__getattribute__(filled, name))
    object.__setattr__(target, "__class__", kind)


def _after_filling(name: str) -> Any:
    # Operators are looked up on the class, past __getattribute__.
    def operate(self: Any, *arguments: Any) -> Any:
        return getattr(self, name)(*arguments)

    return operate


def _attributes(value: Any) -> list[str]:
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    return [
        *getattr(value, "__dict__", ()),
        *(name for name in slots if name not in ("__dict__", "__weakref__")),
    ]
