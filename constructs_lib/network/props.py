"""Checks of props that this room's constructs share."""

from collections.abc import Mapping

from constructs_lib import asked_once
from constructs_lib.network.errors import WrongNetworkPropError
from constructs_lib.rules import Rule


def require(path: object, name: str, value: object, rule: Rule) -> None:
    """Checks one value of the construct at ``path`` against a rule; a token passes.

    Raises:
        WrongNetworkPropError: the rule does not accept it.
    """
    if not asked_once.is_unresolved(value) and not rule.accepts(value):
        raise WrongNetworkPropError(
            f"{path} has a {name} that AWS does not take",
            received=repr(value),
            allowed=rule.allowed,
            change=f"correct {name}, or leave it out for its default",
        )


def require_only_with(path: object, needed: str, given: Mapping[str, object]) -> None:
    """Refuses props that only mean something beside another one.

    Raises:
        WrongNetworkPropError: one of them is given.
    """
    named = [name for name, value in given.items() if value is not None]
    if named:
        raise WrongNetworkPropError(
            f"{path} is given props that mean nothing {needed}",
            received=", ".join(named),
            change="leave them out",
        )
