"""What is known of a template's values before deployment: text, numbers and lists, with intrinsic functions in between.

Nothing here fails, whatever the value is: a template may be written by hand. What is not known is passed over, so that
nothing is found at fault that may be right.
"""

from collections.abc import Iterator, Mapping
from typing import Any


def mapping(value: object) -> Mapping[str, Any]:
    """The value where it is an object, else an empty one."""
    # Of two classes the second, an abstract one, takes ten times as long to compare with.
    return value if isinstance(value, (dict, Mapping)) else {}


def items(value: object) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def listed(value: object) -> list[Any]:
    """The value where it is a list, else a list of it; IAM leaves out the brackets around one."""
    return value if isinstance(value, list) else [value]


def number(value: object) -> float | None:
    """A number, which CloudFormation also takes as text; ``None`` where it is not known."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit():
        # Python reads no more digits than this, and no figure of AWS has as many.
        return int(value[:_DIGITS])
    return None


_DIGITS = 30


def text(value: object) -> str | None:
    """Text that is known as a whole."""
    return value if isinstance(value, str) else None


def known_text(value: object) -> str:
    """The parts of a text that are known; references in it are left out."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()  # JSON can hold half of a surrogate pair, UTF-8 cannot
    joined = items(mapping(value).get("Fn::Join"))
    if len(joined) == 2 and isinstance(joined[0], str):  # noqa: PLR2004 - the separator and the parts
        return known_text(joined[0]).join(known_text(part) for part in items(joined[1]))
    return known_text(_substituted(mapping(value).get("Fn::Sub")))


def _substituted(value: object) -> str:
    """The template text of ``Fn::Sub``, whose placeholders stay as they are written."""
    first = items(value)[0] if items(value) else value
    return first if isinstance(first, str) else ""


def is_true(value: object) -> bool:
    """Whether a value is certainly true; CloudFormation takes text for it too."""
    return value is True or value == "true"


def nested(value: object) -> Iterator[Mapping[str, Any]]:
    """Every object in a value, itself included."""
    if isinstance(value, Mapping):
        yield value
        for each in value.values():
            yield from nested(each)
    elif isinstance(value, list):
        for each in value:
            yield from nested(each)
