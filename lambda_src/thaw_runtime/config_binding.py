"""Makes what a handler reads of merged layers: an instance of its dataclass, or a mapping."""

import dataclasses
import json
import re
import types
import typing
from collections.abc import Mapping
from difflib import get_close_matches
from enum import Enum
from typing import Any

from thaw_runtime.config_document import Path, dotted
from thaw_runtime.config_tree import Leaf, Node, Tree, leaves, node_of, revealed
from thaw_runtime.config_values import Configuration, Secret

_UNIONS = (typing.Union, types.UnionType)
_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
_TRUTHS = {"true": True, "false": False}
_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false", type(None): "null"}
_KINDS = {dict: "a section", list: "a list", **_NAMES}
# What text becomes that replaces a value of such a type, where no type is asked for.
_LIKE: dict[Any, Any] = {int: int | float, float: int | float, bool: bool, list: tuple[Any, ...]}


class Binding:
    """One attempt to make values of a tree; what is wrong is collected, so that all of it can be told at once.

    Attributes:
        problems: one line each; the result is of no use unless it is empty.
        unknown: keys of the tree that no field reads, one line each.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.unknown: list[str] = []

    def instance(self, kind: type[Any], tree: Tree, path: Path = ()) -> Any:
        """An instance of a dataclass that ``require_class`` accepts."""
        hints, given = typing.get_type_hints(kind), dict[str, Any]()
        fields = {field.name: field for field in dataclasses.fields(kind) if field.init}
        self._note_unknown(tree, fields, path)
        before = len(self.problems)
        for name, field in fields.items():
            if name in tree:
                given[name] = self.value(tree[name], hints[name], (*path, name))
            elif _is_required(field):
                given[name] = self._absent(hints[name], (*path, name))
        return kind(**given) if len(self.problems) == before else None

    def value(self, found: Node, hint: Any, path: Path) -> Any:
        """What is found as the type asked for; None where that cannot be."""
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin is Secret:
            return Secret(self.value(revealed(found), arguments[0], path))
        if origin in _UNIONS:
            return self._first(found, hint, path)
        if hint is Any:
            return self.untyped(found, path)
        if isinstance(found, Leaf) and found.is_secret:
            return self._unfit(found, path, "is a secret, so its type has to be Secret[...]")
        return self._seen(found, hint, path)

    def untyped(self, found: Node, path: Path = ()) -> Any:
        """What is found as it is: sections as ``Configuration``, lists as tuples, text like what it replaces."""
        if isinstance(found, dict):
            inner = {key: self.untyped(value, (*path, key)) for key, value in found.items()}
            return Configuration(inner, dotted(path))
        if found.is_secret:
            return Secret(self.untyped(revealed(found), path))
        if found.is_text:
            return self.value(found, _LIKE.get(found.likeness, str), path)
        if isinstance(found.value, list):
            return self._tuple(found, (Any, ...), path)
        return found.value

    def _seen(self, found: Node, hint: Any, path: Path) -> Any:
        """The same for what anybody may see and one type is asked for."""
        if isinstance(found, dict):
            return self._section(found, hint, path)
        if found.is_text and _wants_json(found.value, hint):
            return self._parsed(found, hint, path)
        if typing.get_origin(hint) is tuple:
            return self._tuple(found, typing.get_args(hint), path)
        return self._scalar(found, hint, path)

    def _absent(self, hint: Any, path: Path) -> Any:
        if _is_section(hint):
            return self.instance(hint, {}, path)
        self.problems.append(f"{dotted(path)} is missing")
        return None

    def _first(self, found: Node, hint: Any, path: Path) -> Any:
        """The first type of a union that fits; text fits ``str`` always, so that comes last."""
        for each in sorted(typing.get_args(hint), key=lambda each: each is str):
            attempt = Binding()
            value = attempt.value(found, each, path)
            if not attempt.problems:
                self.unknown += attempt.unknown
                return value
        return self._unfit(found, path, f"must be {_named(hint)}")

    def _parsed(self, found: Leaf, hint: Any, path: Path) -> Any:
        try:
            value = json.loads(found.value)
        except (ValueError, RecursionError):
            return self._unfit(found, path, f"must be JSON for {_named(hint)}")
        return self.value(node_of(value, found.origin, found.path), hint, path)

    def _section(self, found: Tree, hint: Any, path: Path) -> Any:
        if _is_section(hint):
            return self.instance(hint, found, path)
        if typing.get_origin(hint) is Mapping:
            each = typing.get_args(hint)[1]
            inner = {key: self.value(value, each, (*path, key)) for key, value in found.items()}
            return Configuration(inner, dotted(path))
        return self._unfit(found, path, f"must be {_named(hint)}, not a section")

    def _tuple(self, found: Leaf, arguments: tuple[Any, ...], path: Path) -> Any:
        if found.is_text:
            items = [
                Leaf(part.strip(), found.origin, found.path, is_text=True) for part in _parts(found.value)
            ]
        elif isinstance(found.value, list):
            items = [node_of(each, found.origin, (*found.path, n)) for n, each in enumerate(found.value)]  # type: ignore[misc]
        else:
            return self._unfit(found, path, f"must be a list, not {_KINDS[type(found.value)]}")
        hints = [arguments[0]] * len(items) if arguments[1:] == (...,) else list(arguments)
        if len(hints) != len(items):
            return self._unfit(found, path, f"must be a list of {len(hints)}, not of {len(items)}")
        return tuple(self.value(each, hints[n], (*path, n)) for n, each in enumerate(items))

    def _scalar(self, found: Leaf, hint: Any, path: Path) -> Any:
        convert = _of_text if found.is_text else _of_json
        value = convert(found.value, hint)
        if value is not _UNFIT:
            return value
        received = "" if found.is_text else f", not {_KINDS[type(found.value)]}"
        return self._unfit(found, path, f"must be {_named(hint)}{received}")

    def _unfit(self, found: Node, path: Path, reason: str) -> None:
        leaf = next((each for _, each in leaves(found)), None)
        place = f" ({leaf.origin.place(leaf.path)})" if leaf else ""
        self.problems.append(f"{dotted(path)}{place}: {reason}")

    def _note_unknown(self, tree: Tree, fields: Mapping[str, Any], path: Path) -> None:
        for key in sorted(tree.keys() - fields.keys()):
            near = get_close_matches(key, fields, n=1)
            hint = f"; did you mean {dotted((*path, near[0]))}?" if near else ""
            for inner, leaf in leaves(tree[key], (*path, key)):
                self.unknown.append(f"{leaf.origin.place(leaf.path)}: nothing reads {dotted(inner)}{hint}")


def require_class(kind: Any) -> None:
    """Checks that a class can be made of a configuration.

    Raises:
        TypeError: it, or one of its parts, is no frozen dataclass, or a field's type is not supported.
    """
    if not _is_section(kind):
        raise TypeError(f"load() takes a frozen dataclass, not {kind!r}")
    if not kind.__dataclass_params__.frozen:
        raise TypeError(f"{kind.__qualname__} can be changed: declare it @dataclass(frozen=True)")
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        if field.init:
            _require_type(hints[field.name], f"{kind.__qualname__}.{field.name}")


def _require_type(hint: Any, name: str) -> None:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if _is_section(hint):
        require_class(hint)
    elif origin in (Secret, tuple, Mapping, *_UNIONS) and (origin is not Mapping or arguments[0] is str):
        for argument in arguments:
            if argument is not ...:
                _require_type(argument, name)
    elif not (hint in _NAMES or hint is Any or origin is typing.Literal or _is_enum(hint)):
        raise TypeError(
            f"{name} has a type that cannot be read from a configuration: {hint!r}; it can be str, int, float, bool, "
            "None, Any, an Enum, Literal, a frozen dataclass, tuple[...], Mapping[str, ...], Secret[...], or a union"
        )


_UNFIT = object()


def _of_json(value: Any, hint: Any) -> Any:
    if typing.get_origin(hint) is typing.Literal or _is_enum(hint):
        return next((each for each in _choices(hint) if _same(_plain(each), value)), _UNFIT)
    if hint is float and type(value) is int:
        return float(value)
    return value if type(value) is hint else _UNFIT


def _of_text(text: str, hint: Any) -> Any:
    if typing.get_origin(hint) is typing.Literal or _is_enum(hint):
        return next((each for each in _choices(hint) if str(_plain(each)) == text), _UNFIT)
    if hint is str:
        return text
    if hint is bool:
        return _TRUTHS.get(text.strip().lower(), _UNFIT)
    if hint is int and _INTEGER.fullmatch(text.strip()):
        return int(text)
    if hint is float and _NUMBER.fullmatch(text.strip()):
        return float(text)
    return None if hint is type(None) and text in ("", "null") else _UNFIT


def _wants_json(text: str, hint: Any) -> bool:
    is_list = typing.get_origin(hint) is tuple and text.lstrip().startswith("[")
    return is_list or typing.get_origin(hint) is Mapping or _is_section(hint)


def _parts(text: str) -> list[str]:
    return text.split(",") if text else []


def _choices(hint: Any) -> tuple[Any, ...]:
    return tuple(hint) if _is_enum(hint) else typing.get_args(hint)


def _plain(choice: Any) -> Any:
    return choice.value if isinstance(choice, Enum) else choice


def _same(choice: Any, value: Any) -> bool:
    return type(choice) is type(value) and bool(choice == value)


def _is_required(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _is_section(hint: Any) -> bool:
    return isinstance(hint, type) and dataclasses.is_dataclass(hint)


def _is_enum(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Enum)


def _named(hint: Any) -> str:
    """A type in words."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in _UNIONS:
        return " or ".join(_named(each) for each in arguments)
    if origin is typing.Literal or _is_enum(hint):
        return f"one of {', '.join(json.dumps(_plain(each)) for each in _choices(hint))}"
    if origin is tuple:
        return "a list"
    if origin is Mapping or _is_section(hint):
        return "a section"
    return _NAMES.get(hint, str(hint))
