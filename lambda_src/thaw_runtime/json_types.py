"""JSON of more types than AWS's runtime takes, for functions that ask for it.

For handlers, which import it: ``from thaw_runtime import json_types``. Where nobody does, a result with such a value is
a ``Runtime.MarshalError``, as in AWS's own runtime. Neither the runtime nor this module imports what the types are
defined in.
"""

from thaw_runtime.json_values import conversions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from thaw_runtime.json_values import Conversion

    Value = TypeVar("Value")
    Finder = Callable[[type], Conversion | None]


def register(kind: "type[Value]", convert: "Callable[[Value], Any]") -> None:
    """Has values of a type, and of what is derived from it, written as what ``convert`` makes of them.

    Args:
        kind: of values, also of keys. For str, int, float, bool, None, dict, list and tuple themselves it has no effect; for
            types derived from these it has.
        convert: returns anything that can be written in its turn, with registered types as well. What it raises is told
            as a ``Runtime.MarshalError``.

    What was registered or enabled last comes first; the same again takes the place of what was there.

    Raises:
        TypeError: ``kind`` is no type.
    """
    if not isinstance(kind, type):
        raise TypeError(f"kind is {kind!r}; it must be a type")
    _put(kind, lambda found: convert if issubclass(found, kind) else None)


def enable(*names: str) -> None:
    """Has values of well-known types written.

    Args:
        names: ``datetime`` for datetime, date and time in the form of ISO 8601; ``uuid`` for UUID as text; ``enum`` for the
            value of an Enum; ``set`` for set and frozenset as arrays, in no particular order; ``dataclass`` and ``attrs``
            for the fields of instances as objects; ``pydantic`` for models as their ``model_dump(mode="json")``.

    Raises:
        ValueError: a name is none of these.
    """
    for name in names:
        if name not in KNOWN:
            raise ValueError(f"{name!r} is no type that can be enabled; these are: {', '.join(KNOWN)}")
    for name in names:
        _put(name, KNOWN[name])


def _put(key: object, find: "Finder") -> None:
    conversions.pop(key, None)
    conversions[key] = find


def _named(convert: "Conversion", *names: str) -> "Finder":
    """For types of these names: who has a value of one has imported it, nobody else needs to."""
    wanted = frozenset(names)

    def find(kind: type) -> "Conversion | None":
        bases = (f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__)
        return None if wanted.isdisjoint(bases) else convert

    return find


def _marked(convert: "Conversion", attribute: str) -> "Finder":
    """For types that a library has marked."""
    return lambda kind: convert if hasattr(kind, attribute) else None


def _dataclass_fields(value: "Any") -> "dict[str, Any]":
    from dataclasses import fields

    return {field.name: getattr(value, field.name) for field in fields(value)}


def _attrs_fields(value: "Any") -> "dict[str, Any]":
    return {field.name: getattr(value, field.name) for field in value.__attrs_attrs__}


KNOWN = {
    "datetime": _named(
        lambda value: value.isoformat(), "datetime.datetime", "datetime.date", "datetime.time"
    ),
    "uuid": _named(str, "uuid.UUID"),
    "enum": _named(lambda value: value.value, "enum.Enum"),
    "set": _named(list, "builtins.set", "builtins.frozenset"),
    "dataclass": _marked(_dataclass_fields, "__dataclass_fields__"),
    "attrs": _marked(_attrs_fields, "__attrs_attrs__"),
    "pydantic": _named(lambda model: model.model_dump(mode="json"), "pydantic.main.BaseModel"),
}
