"""Keys whose values lie in Parameter Store and Secrets Manager: checked, named for a function, and as ARNs for its role."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.bundling.limits import ENVIRONMENT_BYTES
from constructs_lib.configuration import runtimes_own
from constructs_lib.configuration.errors import (
    ContradictingKeysError,
    KeyGivenTwiceError,
    ReferencesTooLargeError,
    WrongReferenceError,
)
from constructs_lib.permissions import reading

# A dot begins another section, and what an environment variable can be called is letters, digits and underscores.
_KEY = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html: 1011 characters with the ARN's own,
# 15 levels at most.
_PARAMETER = re.compile(r"[\w.-]+|(/[\w.-]+){1,15}", re.ASCII)
_PARAMETER_ARN = re.compile(r"arn:[\w-]+:ssm:[^:]+:[^:]+:parameter/.+")
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
_SECRET = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")
_SECRET_ARN = re.compile(r"arn:[\w-]+:secretsmanager:[^:]+:[^:]+:secret:.+-[A-Za-z0-9]{6}")
_NAME_CHARACTERS = 1011
# Text whose length only the deployment knows.
_TOKEN = re.compile(r"\$\{Token\[[^\]]*\]\}")

Secret = secretsmanager.ISecret | str | tuple[secretsmanager.ISecret | str, str]


@dataclass(frozen=True)
class Reference:
    """One key's parameter or secret.

    Attributes:
        key: dotted.
        name: as a function is told it.
        arn: for a policy.
        whole: a secret without a field, which may be an object and so a section.
        encryption_key: the customer's key that it is known to be encrypted with.
    """

    key: str
    name: str
    arn: str
    whole: bool = False
    encryption_key: Any = None

    @property
    def path(self) -> tuple[str, ...]:
        """The key's parts."""
        return tuple(self.key.split("."))


def parameters(
    place: Place, stack: cdk.Stack, given: Mapping[str, ssm.IStringParameter | str]
) -> list[Reference]:
    """References to parameters.

    Raises:
        WrongReferenceError: of a key or a name that there cannot be.
    """
    return [_parameter(place, stack, key, each) for key, each in _checked(place, "parameters", given)]


def secrets(place: Place, stack: cdk.Stack, given: Mapping[str, Secret]) -> list[Reference]:
    """References to secrets.

    Raises:
        WrongReferenceError: of a key, a name or a field that there cannot be.
    """
    return [_secret(place, stack, key, each) for key, each in _checked(place, "secrets", given)]


def check(place: Place, tree: Any, parameters: Sequence[Reference], secrets: Sequence[Reference]) -> None:
    """Checks that every key has one origin, and is a value or a section in all of them.

    Args:
        place: of the construct, for messages.
        tree: of the files, merged.
        parameters: keys that refer to parameters.
        secrets: keys that refer to secrets.

    Raises:
        KeyGivenTwiceError: a key refers to a parameter and to a secret.
        ContradictingKeysError: a key is a value here and has keys of its own there.
    """
    known = {each.key: each for each in parameters}
    for secret in secrets:
        if secret.key in known:
            raise KeyGivenTwiceError(
                f"{place}: a key refers to a parameter and to a secret",
                received=f"{secret.key}, to {known[secret.key].name} and to {secret.name}",
                allowed="each key in parameters or in secrets",
                change="leave one of them out",
            )
    every = {each.path: each for each in (*parameters, *secrets)}
    for reference in every.values():
        _check_above(place, reference, tree, every)
        if not reference.whole and isinstance(_at(tree, reference.path), dict):
            raise _contradiction(
                place, reference.key, f"refers to {reference.name}", "a section of the files"
            )


def _check_above(
    place: Place, reference: Reference, tree: Any, every: Mapping[tuple[str, ...], Reference]
) -> None:
    for length in range(1, len(reference.path)):
        above = reference.path[:length]
        key = ".".join(above)
        if above in every and not every[above].whole:
            raise _contradiction(
                place, key, f"refers to {every[above].name}", f"the section of {reference.key}"
            )
        found = _at(tree, above)
        if found is not None and not isinstance(found, dict):
            value = f"has a value in {found.origin.place(found.path)}"
            raise _contradiction(place, key, value, f"the section of {reference.key}")


def _at(tree: Any, path: tuple[str, ...]) -> Any:
    return runtimes_own.module("config_tree").node_at(tree, path)


def _contradiction(place: Place, key: str, value: str, section: str) -> ContradictingKeysError:
    return ContradictingKeysError(
        f"{place}: {key} is a value and a section",
        received=f"it {value}, and is {section}",
        allowed="either a value or a section for a key, in all layers",
        change="rename one of the two",
    )


def as_variable(referred: Sequence[Reference]) -> str | None:
    """What a function is told; None where there is nothing to tell."""
    # Names and ARNs have nothing that JSON would escape, also where only the deployment knows them.
    names = {each.key: each.name for each in referred}
    return json.dumps(names, separators=(",", ":")) if names else None


def check_size(place: Place, variables: Mapping[str, str]) -> None:
    """Checks that the variables of a configuration alone are no more than Lambda takes for all.

    Raises:
        ReferencesTooLargeError: they are.
    """
    size = sum(len(_TOKEN.sub("", f"{name}{value}").encode()) for name, value in variables.items())
    if size > ENVIRONMENT_BYTES:
        raise ReferencesTooLargeError(
            f"{place} does not fit into the environment of a function",
            received=f"{size:,} bytes of keys and names",
            allowed=f"at most {ENVIRONMENT_BYTES:,} bytes, with all other variables of the function",
            change="put values that are no secrets into override, and secrets that belong together into one secret",
        )


def _checked(place: Place, prop: str, given: Mapping[str, Any]) -> list[tuple[str, Any]]:
    for key in given:
        if not (isinstance(key, str) and _KEY.fullmatch(key)):
            raise WrongReferenceError(
                f"{place}: a key of its {prop} is none",
                received=repr(key),
                allowed="letters, digits, underscores and hyphens, with dots between a section and what is in it",
                change="correct the key: database.host, for example",
            )
    return list(given.items())


def _parameter(place: Place, stack: cdk.Stack, key: str, value: Any) -> Reference:
    if not isinstance(value, str):
        _require(place, f"parameters[{key!r}]", value, "parameter_arn", "an IStringParameter or a name")
        return Reference(key, value.parameter_name, value.parameter_arn)
    _require_form(
        place,
        f"parameters[{key!r}]",
        value,
        lambda: _is_parameter(value),
        "the name of a parameter: letters, digits, dots, hyphens and underscores, at most 15 levels with a slash before each; "
        "or its ARN",
    )
    return Reference(key, value, reading.parameter_arn(stack, value))


def _is_parameter(name: str) -> bool:
    if name.startswith("arn:"):
        return _PARAMETER_ARN.fullmatch(name) is not None
    return _PARAMETER.fullmatch(name) is not None and len(name) <= _NAME_CHARACTERS


def _secret(place: Place, stack: cdk.Stack, key: str, value: Any) -> Reference:
    secret, field = value if isinstance(value, tuple) and len(value) == 2 else (value, "")  # noqa: PLR2004 - a pair
    what = f"secrets[{key!r}]"
    if isinstance(value, tuple) and not (isinstance(field, str) and field):
        raise _wrong(
            place, what, value, "a secret, or a pair of a secret and the name of a field in its JSON"
        )
    suffix = f"#{field}" if field else ""
    if not isinstance(secret, str):
        _require(
            place,
            what,
            secret,
            "secret_full_arn",
            "an ISecret, a name or an ARN, or a pair of it and a field",
        )
        return _existing(key, secret, suffix)
    _require_form(
        place,
        what,
        secret,
        lambda: _is_secret(secret),
        "the name of a secret (1 to 512 letters, digits and /_+=.@-), or its ARN with the six characters at its end; "
        "a field of its JSON goes beside it: (NAME, FIELD)",
    )
    return Reference(key, f"{secret}{suffix}", reading.secret_arn(stack, secret), whole=not field)


def _is_secret(name: str) -> bool:
    form = _SECRET_ARN if name.startswith("arn:") else _SECRET
    return form.fullmatch(name) is not None


def _existing(key: str, secret: secretsmanager.ISecret, suffix: str) -> Reference:
    full = secret.secret_full_arn
    return Reference(
        key,
        f"{full or secret.secret_name}{suffix}",
        # Of a secret that was looked up by name the CDK knows all but what Secrets Manager adds.
        full or f"{secret.secret_arn}-??????",
        whole=not suffix,
        encryption_key=secret.encryption_key,
    )


def _require(place: Place, what: str, value: object, attribute: str, allowed: str) -> None:
    # jsii gives objects that are looked up no Python class that could be asked for.
    if isinstance(value, (bool, int, float, bytes, dict, list)) or not hasattr(value, attribute):
        raise _wrong(place, what, value, allowed)


def _require_form(place: Place, what: str, value: str, accepts: Callable[[], bool], allowed: str) -> None:
    if asked_once.is_unresolved(value):
        if value.startswith("arn:"):
            return
        allowed = "a name that is known at synth, or the construct itself, so that its ARN is known"
    elif accepts():
        return
    raise _wrong(place, what, value, allowed)


def _wrong(place: Place, what: str, received: object, allowed: str) -> WrongReferenceError:
    return WrongReferenceError(
        f"{place}: {what} names nothing that there can be",
        received=repr(received),
        allowed=allowed,
        change="correct it",
    )
