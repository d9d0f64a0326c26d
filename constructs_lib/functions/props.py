"""What Lambda takes as a prop of a function, whatever its code is packed as.

Source of the bounds: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import aws_cdk as cdk

from constructs_lib import asked_once
from constructs_lib.bundling import limits
from constructs_lib.errors import UnknownPropError, WrongPropError
from constructs_lib.rules import Rule, matching, whole_number

_MINUTE = 60
_DESCRIPTION_CHARACTERS = 256


def _variables(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str)
        and re.fullmatch(limits.VARIABLE_NAME, name, re.ASCII) is not None
        and name not in limits.RESERVED_VARIABLES
        and isinstance(text, str)
        for name, text in value.items()
    )


def _within(bounds: range) -> Rule:
    return whole_number(bounds.start, bounds.stop - 1)


RULES: dict[str, Rule] = {
    "memory_size": _within(limits.MEMORY_MB),
    "timeout": _within(limits.TIMEOUT_SECONDS),
    "ephemeral_storage_size": _within(limits.EPHEMERAL_STORAGE_MB),
    "description": Rule(
        f"text of {_DESCRIPTION_CHARACTERS} characters at most",
        lambda text: isinstance(text, str) and len(text) <= _DESCRIPTION_CHARACTERS,
    ),
    "function_name": matching(r"[a-zA-Z0-9_-]{1,64}", "1 to 64 letters, digits, hyphens and underscores"),
    "reserved_concurrent_executions": whole_number(0, 1_000_000),
    "retry_attempts": whole_number(0, 2),
    "max_event_age": whole_number(_MINUTE, 360 * _MINUTE),
    "layers": Rule(
        f"{limits.LAYERS} layers at most",
        lambda layers: isinstance(layers, Sequence) and len(layers) <= limits.LAYERS,
    ),
    "environment": Rule(
        "names of two or more letters, digits and underscores that begin with a letter and that Lambda does not set "
        f"itself ({', '.join(sorted(limits.RESERVED_VARIABLES))}), with text as values",
        _variables,
    ),
}
_FIGURES: dict[str, Callable[[Any], object]] = {
    "timeout": lambda duration: duration.to_seconds(),
    "max_event_age": lambda duration: duration.to_seconds(),
    "ephemeral_storage_size": lambda size: size.to_mebibytes(),
}


def check(path: object, given: Mapping[str, Any], known: Sequence[str]) -> None:
    """Checks the props of the construct at ``path``, which is looked up for an error only.

    A value that only the deployment will know (a token) is taken as it is.

    Raises:
        UnknownPropError: a prop is not one of ``known``.
        WrongPropError: a value is not one that Lambda takes.
    """
    for name, value in given.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise UnknownPropError(
                f"{path} is given a prop that does not exist",
                received=name,
                allowed=", ".join(sorted(known)),
                change=f"did you mean {near[0]}?" if near else "remove it",
            )
        if name in RULES:
            require(path, name, _figure(name, value), RULES[name])


def require(path: object, name: str, value: object, rule: Rule) -> None:
    """Checks one value of the construct at ``path`` against a rule; a token passes.

    Raises:
        WrongPropError: the rule does not accept it.
    """
    if not _is_unknown(value) and not rule.accepts(value):
        raise WrongPropError(
            f"{path}: its {name} cannot be deployed",
            received=repr(value),
            allowed=rule.allowed,
            change=f"correct {name}, or leave it out for its default",
        )


def _is_unknown(value: object) -> bool:
    return value is None or asked_once.is_unresolved(value)


def _figure(name: str, value: Any) -> object:
    """A duration or a size as the number that is checked, and anything else as it is."""
    if name not in _FIGURES or not isinstance(value, (cdk.Duration, cdk.Size)):
        return value
    if isinstance(value, cdk.Duration) and value.is_unresolved():
        return None
    try:
        return _FIGURES[name](value)
    except RuntimeError as error:  # half a second, half a megabyte: the CDK refuses to round
        return str(error).partition("\n")[0]
