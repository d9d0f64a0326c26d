"""CloudFormation's intrinsic functions, for people: which resources a value names, and the value as one line of text."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# What the CDK puts behind a name so that no two resources share it.
_HASH = re.compile(r"(?<=.)[0-9A-F]{8}$")
_VARIABLE = re.compile(r"\$\{([^!}]+)\}")


def name_of(logical_id: str) -> str:
    """A logical id without the CDK's hash."""
    return _HASH.sub("", logical_id)


def references(value: Any) -> Iterator[str]:
    """The logical ids in a value, in the order of their appearance; pseudo parameters among them."""
    match value:
        case {"Ref": str() as name} if len(value) == 1:
            yield name
        case {"Fn::GetAtt": [str() as name, *_]}:
            yield name
        case {"Fn::Sub": str() as text}:
            yield from (name.partition(".")[0] for name in _VARIABLE.findall(text))
        case Mapping():
            for each in value.values():
                yield from references(each)
        case list():
            for each in value:
                yield from references(each)


def readable(value: Any) -> str:
    """A value as one line: logical ids without hashes, joined texts joined."""
    match value:
        case str():
            return value
        case {"Ref": str() as name}:
            return name_of(name) if not name.startswith("AWS::") else f"${{{name}}}"
        case {"Fn::GetAtt": [str() as name, str() as attribute]}:
            return f"{name_of(name)}.{attribute}"
        case {"Fn::Join": [str() as separator, list() as parts]}:
            return separator.join(map(readable, parts))
        case {"Fn::Sub": str() as text}:
            return text
    return json.dumps(value, default=str)


def listed(value: Any) -> Sequence[Any]:
    """A value that may stand alone or in a list, as a list."""
    return value if isinstance(value, list) else [value]
