"""What every construct's constructor does before and around its own work: wrong types and the CDK's refusals become errors.

Python checks no types, and the CDK's own process reports a wrong one with two stack traces, neither of them of the user's code.
"""

import enum
from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from pathlib import PurePath
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints, is_typeddict

import aws_cdk as cdk
from constructs import Construct
from jsii._reference_map import InterfaceDynamicProxy  # where the CDK's own bindings take it from
from jsii.errors import JavaScriptError, JSIIError

from constructs_lib.asked_once import Place
from constructs_lib.errors import RefusedByCdkError, WrongPropError

C = TypeVar("C", bound=type[Construct])
_NUMBERS = (int, float)
# What is certainly no construct; whether it is the right construct is a question that each constructor asks itself.
_VALUES = (str, bytes, int, float, list, tuple, set, dict, PurePath, cdk.Duration, cdk.Size)


def checked(construct: C) -> C:
    """Makes a construct's constructor say plainly what Python and the CDK would only fail on, or take for something else.

    A constructor's own checks come first: they know more of a prop than its annotation. Where it fails without one, the first
    prop that is of another type than its annotation says is the reason. Only what would not fail is refused beforehand: a
    text where a list of texts is meant, and anything where true or false is, or one of a few words.

    The constructor then raises:
        WrongPropError: a prop's value is of another type than its annotation says.
        RefusedByCdkError: the CDK raised an error of its own.
    """
    constructor: Callable[..., None] = construct.__init__

    @wraps(constructor)
    def checking(self: Construct, scope: Construct, id: str, **props: Any) -> None:  # noqa: A002 - the CDK's word
        place, hints = Place(scope, id), _hints(constructor)
        for name, value in props.items():
            if name in hints and _is_mistaken(value, hints[name]):
                raise _wrong_type(place, name, value, hints[name])
        try:
            constructor(self, scope, id, **props)
        except (AttributeError, TypeError, RuntimeError, JSIIError) as error:
            for name, value in {"scope": scope, "id": id, **props}.items():
                if name in hints and not fits(value, hints[name]):
                    raise _wrong_type(place, name, value, hints[name]) from error
            if isinstance(error, JSIIError) or isinstance(error.__cause__, JavaScriptError):
                raise _refused(place, error) from error
            raise

    setattr(construct, "__init__", checking)  # noqa: B010 - mypy takes it for a mistake otherwise
    return construct


def _is_mistaken(value: object, hint: Any) -> bool:
    """Whether a value would be taken for something that nobody meant."""
    kinds = [each for each in _alternatives(hint) if each is not NoneType]
    if isinstance(value, str) and str not in kinds and any(get_origin(each) is Sequence for each in kinds):
        return True
    words = all(isinstance(each, type) and issubclass(each, (bool, enum.Enum)) for each in kinds)
    return words and not fits(value, hint)


def fits(value: object, hint: Any) -> bool:
    """Whether a value is of the type that an annotation names; a number or a text may be a token for another one."""
    if hint is Any:
        return True
    if len(alternatives := _alternatives(hint)) > 1:
        return any(fits(value, each) for each in alternatives)
    origin, inner = get_origin(hint), get_args(hint)
    if isinstance(origin, type):
        return _fits_collection(value, origin, inner)
    return not isinstance(hint, type) or is_typeddict(hint) or _fits_class(value, hint)


def _alternatives(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _fits_collection(value: object, origin: type, inner: tuple[Any, ...]) -> bool:
    if issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(fits(each, inner[1]) for each in value.values())
    if origin is tuple:
        return isinstance(value, tuple) and len(value) == len(inner) and all(map(fits, value, inner))
    if issubclass(origin, Sequence):
        # A text is a sequence of letters, which nobody means.
        return isinstance(value, (list, tuple)) and all(fits(each, inner[0]) for each in value)
    return True


def _fits_class(value: object, hint: type) -> bool:
    if issubclass(hint, bool):
        return isinstance(value, bool)
    if issubclass(hint, _NUMBERS):
        return isinstance(value, _NUMBERS)
    if issubclass(hint, enum.StrEnum):
        return value in list(hint)
    if issubclass(hint, Construct) or getattr(hint, "_is_protocol", False):
        return isinstance(value, Construct) or (_is_of_the_cdk(value) and not isinstance(value, _VALUES))
    return isinstance(value, hint)


def _is_of_the_cdk(value: object) -> bool:
    """Whether a value is an object of the CDK's, or implements an interface of its."""
    return isinstance(value, InterfaceDynamicProxy) or any(
        hasattr(type(value), mark) for mark in ("__jsii_type__", "__jsii_ifaces__")
    )


@cache
def _hints(constructor: Callable[..., None]) -> Mapping[str, Any]:
    return get_type_hints(constructor)


def _wrong_type(place: Place, name: str, value: object, hint: Any) -> WrongPropError:
    return WrongPropError(
        f"{place} has a {name} of the wrong type",
        received=f"{value!r}, of type {type(value).__name__}",
        allowed=_readable(hint),
        change=_meant(value, hint) or f"correct {name}",
    )


def _meant(value: object, hint: Any) -> str | None:
    """What somebody probably meant to write."""
    hints = _alternatives(hint)
    if isinstance(value, str) and any(
        isinstance(each, type) and issubclass(each, PurePath) for each in hints
    ):
        return f"write pathlib.Path({value!r})"
    if isinstance(value, _NUMBERS) and cdk.Duration in hints:
        return f"write aws_cdk.Duration.seconds({value})"
    if isinstance(value, str) and any(get_origin(each) is Sequence for each in hints):
        return f"write [{value!r}]"
    return None


def _readable(hint: Any) -> str:
    if len(alternatives := _alternatives(hint)) > 1:
        return " or ".join(map(_readable, alternatives))
    if hint in (NoneType, Any):
        return "None" if hint is NoneType else "anything"
    origin, inner = get_origin(hint), get_args(hint)
    if inner and isinstance(origin, type):
        return f"{origin.__name__} of {' to '.join(_readable(each) for each in inner)}"
    if isinstance(hint, type) and issubclass(hint, enum.StrEnum):
        return ", ".join(hint)
    name = getattr(hint, "__qualname__", str(hint))
    return name if hint.__module__ == "builtins" else f"{hint.__module__.removeprefix('aws_cdk.')}.{name}"


def _refused(place: Place, error: Exception) -> RefusedByCdkError:
    return RefusedByCdkError(
        f"{place} is refused by the CDK",
        received=str(error).strip().partition("\n")[0],
        allowed="what the CDK takes, under an id that nothing else in the scope has",
        change="correct what the CDK names",
    )
