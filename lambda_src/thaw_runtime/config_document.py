"""Configuration files, JSON or TOML, read so that every key's line can be told.

Nothing of this package is imported: the construct that deploys such files loads this very module and judges them by it, so
that what passes at synth is what a function reads. JSON is RFC 8259's, with each key once in its object; TOML is version 1.0
without dates and without numbers that JSON lacks.
"""

import json
import math
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

# Keys and, within lists, positions.
Path = tuple[str | int, ...]
SUFFIXES = (".json", ".toml")
# What is larger is data, not configuration.
MOST_BYTES = 1 << 20
# A string, one of the marks that make the structure, or any other value.
_JSON_TOKEN = re.compile(
    r'"(?P<string>(?:[^"\\]|\\.)*)"|(?P<mark>[{}\[\],:])|(?P<value>[^\s{}\[\],:"]+)', re.DOTALL
)
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class DocumentError(Exception):
    """A file that is not well-formed.

    Attributes:
        name: of the file.
        reason: what is wrong; no value of the file is in it.
        line, column: from 1 on; None where they are not known.
        key: dotted, the last one that was read before the fault; empty where there was none.
    """

    def __init__(
        self, name: str, reason: str, *, line: int | None = None, column: int | None = None, key: str = ""
    ) -> None:
        places = [name]
        places += [f"line {line}"] if line else []
        places += [f"column {column}"] if column else []
        places += [f"key {key}"] if key else []
        super().__init__(f"{', '.join(places)}: {reason}")
        self.name, self.reason, self.line, self.column, self.key = name, reason, line, column, key


class Document:
    """What a file says.

    Attributes:
        name: of the file, for messages.
        values: its one object.
    """

    __slots__ = ("_text", "name", "values")

    def __init__(self, name: str, text: str, values: "dict[str, Any]") -> None:
        self.name, self.values = name, values
        self._text = text

    def line_of(self, path: "Path") -> int | None:
        """The line where a key's statement begins, from 1 on; None where the file does not have it."""
        if _is_toml(self.name):
            return _toml_line(self._text, path)
        return next((_line(self._text, at) for found, at in _json_places(self._text) if found == path), None)


def parse(content: bytes, name: str) -> Document:
    """Reads a file that is TOML if its name says so, else JSON.

    Raises:
        DocumentError: it is not well-formed, or is no object at its top.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DocumentError(name, "the bytes are not UTF-8", line=line) from None
    values = _toml(text, name) if _is_toml(name) else _json(text, name)
    if not isinstance(values, dict):
        raise DocumentError(name, "the file holds no object at its top", line=1)
    return Document(name, text, values)


def dotted(path: "Path") -> str:
    """A path as messages show it."""
    return ".".join(map(str, path))


def _is_toml(name: str) -> bool:
    return name.endswith(".toml")


def _json(text: str, name: str) -> "Any":
    repeated = False

    def once(pairs: "list[tuple[str, Any]]") -> "dict[str, Any]":
        nonlocal repeated
        found = dict(pairs)
        repeated = repeated or len(found) != len(pairs)
        return found

    try:
        values = json.loads(text, object_pairs_hook=once, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        key = _key_before(text, error.pos)
        raise DocumentError(name, error.msg, line=error.lineno, column=error.colno, key=key) from None
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise DocumentError(name, reason) from None
    if repeated:
        raise _repeated(text, name)
    return values


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _repeated(text: str, name: str) -> DocumentError:
    seen: dict[Path, int] = {}
    for path, at in _json_places(text):
        if path in seen:
            reason = f"the key is there twice, first in line {_line(text, seen[path])}"
            return DocumentError(name, reason, line=_line(text, at), key=dotted(path))
        seen[path] = at
    return DocumentError(name, "a key is there twice")


def _json_places(text: str) -> "Iterator[tuple[Path, int]]":
    """The path of each key and of each item of a list, with where it begins; as far as the text is JSON."""
    path: list[str | int | None] = []  # of each open container the current key or position; None before a key
    for token in _JSON_TOKEN.finditer(text):
        mark = token["mark"]
        if mark in ("}", "]"):
            del path[-1:]
        elif mark == "," and path:
            last = path[-1]
            path[-1] = last + 1 if isinstance(last, int) else None
        elif mark not in (",", ":"):
            if path and path[-1] is None and token["string"] is not None:
                path[-1] = _unquoted(token.group())
                yield _known(path), token.start()
            elif path and isinstance(path[-1], int):
                yield _known(path), token.start()
            if mark is not None:
                path.append(None if mark == "{" else 0)


def _known(path: "list[str | int | None]") -> "Path":
    return tuple(part for part in path if part is not None)


def _unquoted(quoted: str) -> str:
    try:
        return str(json.loads(quoted))
    except ValueError:  # the text is not JSON, and is looked at to say where
        return quoted


def _key_before(text: str, end: int) -> str:
    path: Path = ()
    for found, at in _json_places(text):
        if at >= end:
            break
        path = found
    return dotted(path)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _toml(text: str, name: str) -> "Any":
    import tomllib

    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        reason = _TOML_PLACE.sub("", str(error))
        line, column = (int(place[1]), int(place[2])) if place and place[1] else (text.count("\n") + 1, None)
        raise DocumentError(name, reason, line=line, column=column) from None
    except RecursionError:
        raise DocumentError(name, "nested too deeply") from None
    for path in _not_json(values, ()):
        reason = "a date, a time or a number that is none; write it as a string"
        raise DocumentError(name, reason, line=_toml_line(text, path), key=dotted(path))
    return values


def _not_json(value: "Any", path: "Path") -> "Iterator[Path]":
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _not_json(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _not_json(inner, (*path, position))
    elif not isinstance(value, (str, int, float)) or (isinstance(value, float) and not math.isfinite(value)):
        yield path


def _toml_line(text: str, path: "Path") -> int | None:
    """Where the statement begins after which the file, cut off there, has the key.

    ``tomllib`` keeps no places. Files are short, and this is asked for a message only.
    """
    import tomllib

    lines = text.split("\n")
    whole = 0
    for number in range(1, len(lines) + 1):
        try:
            values = tomllib.loads("\n".join(lines[:number]))
        except tomllib.TOMLDecodeError:  # in the middle of a statement
            continue
        if _holds(values, path):
            return whole + 1
        whole = number
    return None


def _holds(value: "Any", path: "Path") -> bool:
    try:
        for part in path:
            value = value[part]
    except (LookupError, TypeError):
        return False
    return True
