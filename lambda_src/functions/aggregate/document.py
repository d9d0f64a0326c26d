"""Reads an untrusted JSON document value by value; every fault names its place."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from limits import MOST_CONTAINERS, MOST_VALUES

# Control characters, lone surrogates and the two non-characters: PostgreSQL refuses NUL, UTF-8 has no surrogates,
# and SNS refuses whatever XML 1.0 does.
UNSTORABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
UTC_TIME = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)(?:Z|\+00:00)", re.ASCII)
# Lambda was announced on 2014-11-13; nothing was measured before.
EARLIEST, LATEST = datetime(2014, 11, 13, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
LONGEST_SHOWN = 80


class Invalid(Exception):  # noqa: N818 - reads as the verdict it is
    """A document cannot be taken in.

    Args:
        reason: stable id, such as ``unknown-field``.
        message: what is wrong and what is allowed.
        path: JSON path of the fault; ``$`` is the whole document.
    """

    def __init__(self, reason: str, message: str, path: str = "$") -> None:
        super().__init__(f"{reason} at {path}: {message}")
        self.reason, self.message, self.path = reason, message, path


@dataclass(frozen=True)
class Node:
    """A value of a document together with the path to it."""

    value: Any
    path: str = "$"

    def fail(self, reason: str, message: str) -> NoReturn:
        raise Invalid(reason, message, self.path)

    def members(self, required: Iterable[str], optional: Iterable[str] = ()) -> "dict[str, Node]":
        """Take the value as an object with exactly these members.

        Raises:
            Invalid: not an object, a member is missing, or there is one more.
        """
        members = self.mapping()
        for name in members.keys() - {*required, *optional}:
            members[name].fail("unknown-field", "the format has no such field")
        for name in required:
            if name not in members:
                self.fail("missing-field", f"the field {name} is missing")
        return members

    def mapping(self) -> "dict[str, Node]":
        """Take the value as an object with any members."""
        if not isinstance(self.value, Mapping):
            self.fail("wrong-type", f"expected an object, found {shown(self.value)}")
        return {name: Node(value, self.path + step(name)) for name, value in self.value.items()}

    def items(self, least: int, most: int) -> "list[Node]":
        """Take the value as a list of between ``least`` and ``most`` items."""
        if not isinstance(self.value, list):
            self.fail("wrong-type", f"expected a list, found {shown(self.value)}")
        if not least <= len(self.value) <= most:
            self.fail("out-of-range", f"expected {least} to {most} items, found {len(self.value)}")
        return [Node(value, f"{self.path}[{index}]") for index, value in enumerate(self.value)]

    def text(self, longest: int = 100) -> str:
        """Take the value as a text of 1 to ``longest`` characters that every store can hold."""
        if not isinstance(self.value, str):
            self.fail("wrong-type", f"expected a text, found {shown(self.value)}")
        if not 1 <= len(self.value) <= longest:
            self.fail("out-of-range", f"expected 1 to {longest} characters, found {len(self.value)}")
        if found := UNSTORABLE.search(self.value):
            self.fail("bad-text", f"the character U+{ord(found[0]):04X} is not allowed")
        return self.value

    def one_of(self, *allowed: str) -> str:
        """Take the value as one of a few words."""
        if not isinstance(self.value, str) or self.value not in allowed:
            self.fail("out-of-range", f"expected one of {', '.join(allowed)}, found {shown(self.value)}")
        return self.value

    def number(self, least: float, most: float) -> float:
        """Take the value as a finite number between ``least`` and ``most``."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.fail("wrong-type", f"expected a number, found {shown(self.value)}")
        if not least <= self.value <= most:
            self.fail("out-of-range", f"expected {least:g} to {most:g}, found {shown(self.value)}")
        return float(self.value)

    def integer(self, least: int, most: int) -> int:
        """Take the value as a whole number between ``least`` and ``most``."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.fail("wrong-type", f"expected a whole number, found {shown(self.value)}")
        return int(self.number(least, most))

    def utc_time(self) -> datetime:
        """Take the value as an ISO 8601 time in UTC, with seconds and at most microseconds."""
        match = UTC_TIME.fullmatch(self.value) if isinstance(self.value, str) else None
        try:
            moment = datetime.fromisoformat(match[1]).replace(tzinfo=UTC) if match else None
        except ValueError:
            moment = None
        if moment is None or not EARLIEST <= moment <= LATEST:
            allowed = "expected a UTC time such as 2026-08-18T14:00:43.289Z, from 2014-11-13 to 2100"
            self.fail("bad-time", f"{allowed}, found {shown(self.value)}")
        return moment


def decode(body: bytes) -> Node:
    """Decode a JSON document strictly: UTF-8, no duplicate keys, no NaN, no infinity.

    Raises:
        Invalid: the bytes are not such a document.
    """
    if not body.strip():
        raise Invalid("empty", "the object holds no document")
    if body.count(b"[") + body.count(b"{") > MOST_CONTAINERS or body.count(b",") > MOST_VALUES:
        allowed = f"expected at most {MOST_CONTAINERS} lists and objects, and {MOST_VALUES} values"
        raise Invalid("too-complex", allowed)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Invalid("not-utf8", f"byte {error.start} does not belong to UTF-8 text") from None
    try:
        return Node(json.loads(text, object_pairs_hook=unique, parse_constant=no_constant))
    except RecursionError:
        raise Invalid("too-deep", "the document is nested too deeply") from None
    except ValueError as error:  # also a whole number of thousands of digits
        raise Invalid("not-json", str(error)) from None


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise Invalid("duplicate-key", f"the key {shown(name)} occurs twice in one object")
        members[name] = value
    return members


def no_constant(name: str) -> NoReturn:
    raise Invalid("not-json", f"{name} is not a JSON number")


def step(name: str) -> str:
    return f".{name}" if name.isidentifier() and len(name) <= LONGEST_SHOWN else f"[{shown(name)}]"


def shown(value: Any) -> str:
    """Write a value briefly for a message."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    text = json.dumps(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
