"""JSON of what the accelerator of the standard library refuses, or writes otherwise than AWS's runtime does.

Imported when a function first returns such a value, so that it is on no other function's bill.
"""

import sys
from _json import encode_basestring_ascii, make_encoder

from thaw_runtime.unaccelerated import JSON_DUMPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    # Returns what to write in a value's place.
    Conversion = Callable[[Any], Any]

TEXT = frozenset({str})
SCALARS = frozenset({str, int, float, bool, type(None)})
# What thaw_runtime.json_types was asked for, by what that was: finds the conversion for a type.
conversions: "dict[object, Callable[[type], Conversion | None]]" = {}


class _Verbatim(str):
    """A number that is written as it is: ``1.10`` of a Decimal is no float's form."""

    __slots__ = ()


def encode_unusual(value: "Any", escape: "Callable[[str], str]") -> bytes:
    """The value as JSON.

    Args:
        value: of any type.
        escape: writes text as a JSON string.

    Raises:
        TypeError: a value in it has no form in JSON.
        ValueError: it contains itself, or bytes in it are not UTF-8.
        RecursionError: it is too deep.
        Exception: whatever a value's ``_asdict`` or a conversion raises.
    """

    def write_text(text: str) -> str:
        return str(text) if type(text) is _Verbatim else escape(text)

    walk = _Walk()
    try:
        plain = walk.plain(value)
    except RecursionError:
        _expect_no_circle(value)
        raise
    write = make_encoder(None, _refuse_type, write_text if walk.found_verbatim else escape, None, *JSON_DUMPS)
    return "".join(write(plain, 0)).encode()


class _Walk:
    """One pass over a value that replaces what has to be replaced, and leaves all else as it is.

    Attributes:
        found_verbatim: whether the encoder will come upon numbers that it must not write itself.
    """

    __slots__ = ("_ways", "found_verbatim")

    def __init__(self) -> None:
        self.found_verbatim = False
        # What to do with values of a type; found out at the first of them.
        self._ways: dict[type, Callable[[Any], Any]] = {
            dict: self._object,
            list: self._array,
            tuple: self._array,
        }

    def plain(self, value: "Any") -> "Any":
        kind = type(value)
        if kind in SCALARS:
            return value
        way = self._ways.get(kind)
        if way is None:
            way = self._ways[kind] = self._way(kind)
        return way(value)

    def _object(self, fields: "dict[Any, Any]") -> "dict[Any, Any]":
        plain = self.plain
        if not TEXT.issuperset(map(type, fields)):
            return {self._key(key): plain(value) for key, value in fields.items()}
        if SCALARS.issuperset(map(type, fields.values())):
            return fields
        return {key: value if type(value) in SCALARS else plain(value) for key, value in fields.items()}

    def _array(self, items: "list[Any] | tuple[Any, ...]") -> "list[Any] | tuple[Any, ...]":
        plain = self.plain
        return [item if type(item) in SCALARS else plain(item) for item in items]

    def _way(self, kind: type) -> "Callable[[Any], Any]":
        if (convert := _conversion(kind)) is not None:
            return lambda value: self.plain(convert(value))
        if issubclass(kind, (str, int, float)):
            return lambda value: value
        if issubclass(kind, bytes):
            return lambda value: str(value, "utf-8")
        # Whoever has a Decimal has imported its module.
        decimal = sys.modules.get("decimal")
        if decimal is not None and issubclass(kind, decimal.Decimal):
            return self._decimal
        return self._structure

    def _structure(self, value: "Any") -> "Any":
        if (fields := _as_dict(value)) is not None:
            return self._object(fields)
        if isinstance(value, (list, tuple)):
            return self._array(value)
        if not isinstance(value, dict):
            _refuse_type(value)
        return self._object(value)

    def _decimal(self, value: "Any") -> "Any":
        if value.is_nan():
            return float("nan")
        self.found_verbatim = True
        return _Verbatim(value)

    def _key(self, key: "Any") -> "Any":
        kind = type(key)
        if kind in SCALARS:
            return key
        if (convert := _conversion(kind)) is not None:
            return self._key(convert(key))
        if issubclass(kind, bytes):
            return str(key, "utf-8")
        if not issubclass(kind, (str, int, float)):
            raise TypeError(f"keys must be str, int, float, bool or None, not {kind.__name__}")
        return key


def _conversion(kind: type) -> "Conversion | None":
    """The one for a type that was asked for last."""
    for find in reversed(conversions.values()):
        if (convert := find(kind)) is not None:
            return convert
    return None


def _as_dict(value: "Any") -> "dict[Any, Any] | None":
    """What a value's ``_asdict()`` returns; None for a value without one, and for one that takes arguments."""
    method = getattr(value, "_asdict", None)
    if not callable(method):
        return None
    try:
        fields = method()
    except TypeError:
        return None
    if not isinstance(fields, dict):
        raise TypeError(f"_asdict() must return a dict, not {type(fields).__name__}")
    return fields


def _expect_no_circle(value: "Any") -> None:
    """Raises the ValueError of a value that contains itself, in the words of ``json``."""
    sort_keys, skip_keys, allow_nan = False, True, True
    write = make_encoder(
        {},
        lambda inner: _as_dict(inner) or "",
        encode_basestring_ascii,
        None,
        ":",
        ",",
        sort_keys,
        skip_keys,
        allow_nan,
    )
    write(value, 0)


def _refuse_type(value: object) -> "NoReturn":
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
