"""What Lambda takes as a prop of a function, whatever its code is packed as.

Source of the bounds: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from constructs_lib import asked_once
from constructs_lib.bundling import Architecture, limits
from constructs_lib.configuration.layered_config import LayeredConfig
from constructs_lib.errors import UnknownPropError, WrongPropError
from constructs_lib.network.vpc_access import VpcAccess
from constructs_lib.permissions.delivery import kind_of
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


def _figure(
    kind: type[cdk.Duration | cdk.Size], unit: str, ask: Callable[[Any], object], bounds: range
) -> Rule:
    """A duration or a size within bounds; one that only the deployment will know passes."""
    within = _within(bounds)

    def accepts(value: Any) -> bool:
        if not isinstance(value, kind):
            return False
        try:
            return within.accepts(ask(value)) or value.is_unresolved()
        except RuntimeError:  # half a second, half a megabyte: the CDK refuses to round. Or a token.
            return bool(value.is_unresolved())

    name = f"cdk.{kind.__name__}"
    return Rule(f"a {name} of {bounds.start:,} to {bounds.stop - 1:,} whole {unit}", accepts)


def _duration(bounds: range) -> Rule:
    return _figure(cdk.Duration, "seconds", lambda duration: duration.to_seconds(), bounds)


def _one_of(kind: type[Enum]) -> Rule:
    return Rule(f"a member of {kind.__name__}", lambda value: isinstance(value, kind))


def _with(attribute: str, allowed: str) -> Rule:
    """An object that is known by what can be asked of it: the CDK's interfaces are no classes to compare with."""
    return Rule(allowed, lambda value: hasattr(value, attribute))


def _is_standard(target: Any) -> bool:
    """Whether a queue or topic is none of the FIFO kind, which Lambda cannot put failed events into."""
    return not getattr(target, "fifo", False)


_LAYER = _with("layer_version_arn", "a layer")

RULES: dict[str, Rule] = {
    "architecture": Rule(
        f"an Architecture, {' or '.join(Architecture)}",
        lambda value: (
            isinstance(value, lambda_.Architecture) and asked_once.name_of(value) in set(Architecture)
        ),
    ),
    "memory_size": _within(limits.MEMORY_MB),
    "timeout": _duration(limits.TIMEOUT_SECONDS),
    "ephemeral_storage_size": _figure(
        cdk.Size, "mebibytes", lambda size: size.to_mebibytes(), limits.EPHEMERAL_STORAGE_MB
    ),
    "description": Rule(
        f"text of {_DESCRIPTION_CHARACTERS} characters at most",
        lambda text: isinstance(text, str) and len(text) <= _DESCRIPTION_CHARACTERS,
    ),
    "function_name": matching(r"[a-zA-Z0-9_-]{1,64}", "1 to 64 letters, digits, hyphens and underscores"),
    "tracing": _one_of(lambda_.Tracing),
    "reserved_concurrent_executions": whole_number(0, 1_000_000),
    "layers": Rule(
        f"a list of {limits.LAYERS} layers at most",
        lambda layers: (
            isinstance(layers, (list, tuple))
            and len(layers) <= limits.LAYERS
            and all(map(_LAYER.accepts, layers))
        ),
    ),
    "dead_letter_queue": Rule(
        "a queue that is not FIFO", lambda value: kind_of(value) == "queue_arn" and _is_standard(value)
    ),
    "on_failure": Rule(
        "a queue or topic that is not FIFO, a function or an event bus: itself, without SqsDestination or the like",
        lambda value: kind_of(value) is not None and _is_standard(value),
    ),
    "retry_attempts": whole_number(0, 2),
    "max_event_age": _duration(range(_MINUTE, 360 * _MINUTE + 1)),
    "log_group": _with("log_group_arn", "a log group"),
    "log_retention": _one_of(logs.RetentionDays),
    "log_removal_policy": _one_of(cdk.RemovalPolicy),
    "log_format": _one_of(lambda_.LoggingFormat),
    "network": Rule("a VpcAccess", lambda value: isinstance(value, VpcAccess)),
    "config": Rule("a LayeredConfig", lambda value: isinstance(value, LayeredConfig)),
    "environment": Rule(
        "names of two or more letters, digits and underscores that begin with a letter and that Lambda does not set "
        f"itself ({', '.join(sorted(limits.RESERVED_VARIABLES))}), with text as values",
        _variables,
    ),
}
# Of props that only some functions have.
HANDLER = matching(r"\S{1,128}", "1 to 128 characters without spaces")
RUNTIME = Rule("a Runtime of aws_lambda", lambda value: isinstance(value, lambda_.Runtime))
PATH = Rule("a path", lambda value: isinstance(value, (str, Path)) and str(value) != "")


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
            require(path, name, value, RULES[name])


def require(path: object, name: str, value: object, rule: Rule) -> None:
    """Checks one value of the construct at ``path`` against a rule; a token passes.

    Raises:
        WrongPropError: the rule does not accept it.
    """
    if value is not None and not rule.accepts(value) and not asked_once.is_unresolved(value):
        raise WrongPropError(
            f"{path}: its {name} cannot be deployed",
            received=_shown(value),
            allowed=rule.allowed,
            change=f"correct {name}, or leave it out for its default",
        )


def _shown(value: object) -> str:
    if isinstance(value, cdk.Duration):
        return str(value.to_human_string())
    if isinstance(value, cdk.Size):
        mebibytes = value.to_mebibytes(rounding=cdk.SizeRoundingBehavior.NONE)
        return f"{mebibytes / 1024:g} GiB" if mebibytes % 1024 == 0 else f"{mebibytes:g} MiB"
    return repr(value)
