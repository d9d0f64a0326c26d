"""JSON of what the accelerator of the standard library refuses, or writes otherwise than AWS's runtime does.

Imported when a function first returns such a value, so that it is on no other function's bill.
"""

import sys
from _json import encode_basestring_ascii, make_encoder
from itertools import chain, repeat

from thaw_runtime.unaccelerated import JSON_DUMPS, refuse_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    # Returns what to write in a value's place.
    Conversion = Callable[[Any], Any]

TEXT = frozenset({str})
SCALARS = frozenset({str, int, float, bool, type(None)})
# What thaw_runtime.json_types was asked for, by what that was: finds the conversion for a type.
conversions: "dict[object, Callable[[type], Conversion | None]]" = {}


# Types whose ways are kept: a function may make types as it goes.
MOST_TYPES = 256
_spare: "list[_Ways]" = []


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
    ways = _taken()
    try:
        plain = value if type(value) in SCALARS else ways[type(value)](value)
    except RecursionError:
        _expect_no_circle(value)
        raise
    write = _encoder(_beside_numbers(escape)) if ways.found_verbatim else _writer(escape)
    if len(ways) < MOST_TYPES:
        ways.found_verbatim = False
        _spare.append(ways)
    return "".join(write(plain, 0)).encode()


def _taken() -> "_Ways":
    """What has found out of types already, unless another thread has it or other conversions are asked for now."""
    try:
        ways = _spare.pop()
    except IndexError:
        return _Ways()
    return ways if ways.conversions == conversions else _Ways()


class _Ways(dict[type, "Callable[[Any], Any]"]):
    """Passes over a value that replace what has to be replaced, and leave all else as it is.

    By type, what to do with values that are not ``SCALARS``; found out at the first of a type.

    Attributes:
        conversions: that it was made with.
        found_verbatim: whether the encoder will come upon numbers that it must not write itself.
    """

    __slots__ = ("conversions", "found_verbatim")

    def __init__(self) -> None:
        self.conversions = dict(conversions)
        self.found_verbatim = False
        self[dict] = self._object
        self[list] = self[tuple] = self._array

    def __missing__(self, kind: type) -> "Callable[[Any], Any]":
        way = self[kind] = self._way(kind)
        return way

    def _object(self, fields: "dict[Any, Any]") -> "dict[Any, Any]":
        plain = fields
        for key, value in fields.items():
            if type(key) is not str:
                return {self._key(key): self._plain(value) for key, value in fields.items()}
            if type(value) not in SCALARS:
                replacement = self[type(value)](value)
                if replacement is not value:
                    if plain is fields:
                        plain = dict(fields)
                    plain[key] = replacement
        return plain

    def _array(self, items: "Sequence[Any]") -> "Sequence[Any]":
        kinds = set(map(type, items))
        if len(kinds) == 1:  # rows, above all
            (kind,) = kinds
            return items if kind in SCALARS else self._rows(items, self[kind])
        return [item if type(item) in SCALARS else self[type(item)](item) for item in items]

    def _rows(self, items: "Sequence[Any]", way: "Callable[[Any], Any]") -> "list[Any]":
        """Values of one type; their fields are looked at, and made into objects, without a step of Python for each."""
        if way == self._record and SCALARS.issuperset(map(type, chain.from_iterable(items))):
            return list(map(dict, map(zip, repeat(items[0]._fields), items)))
        return list(map(way, items))

    def _record(self, value: "Any") -> "dict[str, Any]":
        fields: dict[str, Any] = dict(zip(value._fields, value))  # noqa: B905 - a keyword takes half as long again
        for name, item in fields.items():
            if type(item) not in SCALARS:
                fields[name] = self[type(item)](item)
        return fields

    def _way(self, kind: type) -> "Callable[[Any], Any]":
        if (convert := _conversion(kind)) is not None:
            return lambda value: self._plain(convert(value))
        if issubclass(kind, (str, int, float)):
            return lambda value: value
        if issubclass(kind, bytes):
            return bytes.decode
        # Whoever has a Decimal has imported its module.
        decimal = sys.modules.get("decimal")
        if decimal is not None and issubclass(kind, decimal.Decimal):
            return self._decimal
        return self._record if _is_record(kind) else self._structure

    def _plain(self, value: "Any") -> "Any":
        return value if type(value) in SCALARS else self[type(value)](value)

    def _structure(self, value: "Any") -> "Any":
        if getattr(value, "_asdict", None) is not None and (fields := _as_dict(value)) is not None:
            return self._object(fields)
        if isinstance(value, dict):
            return self._object(value)
        if not isinstance(value, (list, tuple)):
            refuse_type(value)
        # As it is iterated over: the encoder would look into it.
        return self._array(list(value))

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


def _encoder(escape: "Callable[[str], str]") -> "Callable[[Any, int], tuple[str, ...]]":
    return make_encoder(None, refuse_type, escape, None, *JSON_DUMPS)


# Two in all, kept: making one takes as long as writing a small value.
_writers: "dict[Callable[[str], str], Callable[[Any, int], tuple[str, ...]]]" = {}


def _writer(escape: "Callable[[str], str]") -> "Callable[[Any, int], tuple[str, ...]]":
    if escape not in _writers:
        _writers[escape] = _encoder(escape)
    return _writers[escape]


def _beside_numbers(escape: "Callable[[str], str]") -> "Callable[[str], str]":
    return lambda text: str(text) if type(text) is _Verbatim else escape(text)


def _is_record(kind: type) -> bool:
    """Whether a type is a namedtuple whose ``_asdict`` nobody has replaced."""
    collections = sys.modules.get("collections")
    if collections is None or not issubclass(kind, tuple):
        return False
    # The code that all of them share.
    constants = collections.namedtuple.__code__.co_consts
    asdict = next((each for each in constants if getattr(each, "co_name", "") == "_asdict"), None)
    return asdict is not None and getattr(getattr(kind, "_asdict", None), "__code__", None) is asdict


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
