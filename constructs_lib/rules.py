"""What a value of an environment may be, in words and as a check."""

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """Which values a key takes.

    Attributes:
        allowed: the same in words, for the error that names the key.
        accepts: whether a value is one of them.
    """

    allowed: str
    accepts: Callable[[object], bool]


def matching(pattern: str, allowed: str) -> Rule:
    """Text that a regular expression matches whole."""
    whole = re.compile(pattern)
    return Rule(allowed, lambda value: isinstance(value, str) and whole.fullmatch(value) is not None)


def one_of(*values: str | int) -> Rule:
    """One of the values given; ``True`` is not 1."""
    return Rule(", ".join(map(str, values)), lambda value: type(value) in (str, int) and value in values)


def whole_number(low: int, high: int) -> Rule:
    """An integer between two bounds, both allowed."""
    return Rule(
        f"a whole number from {low:,} to {high:,}",
        lambda value: type(value) is int and low <= value <= high,
    )


def number(low: float, high: float) -> Rule:
    """A number between two bounds, both allowed."""
    return Rule(
        f"a number from {low:g} to {high:g}",
        lambda value: type(value) in (int, float) and low <= value <= high,  # type: ignore[operator]
    )


def flag() -> Rule:
    """``true`` or ``false``, not in quotes."""
    return Rule("true or false", lambda value: isinstance(value, bool))


def optional(rule: Rule) -> Rule:
    """What ``rule`` takes, or null."""
    return Rule(f"{rule.allowed}, or null", lambda value: value is None or rule.accepts(value))
