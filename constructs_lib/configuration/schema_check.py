"""Checks the layers that are known at synth against a JSON Schema.

https://json-schema.org/draft/2020-12, or the draft that the schema's ``$schema`` names.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend, validator_for

from constructs_lib.asked_once import Place
from constructs_lib.configuration import files
from constructs_lib.configuration.errors import MalformedFileError, SchemaViolationError
from constructs_lib.configuration.secret_looking import is_secret_key

# What can be put right by a layer that is not known at synth.
_ABSENCE = ("required", "minProperties", "dependentRequired", "dependencies")
_SHOWN = 10
_SHOWN_CHARACTERS = 60


class _Referred:
    """Stands for a value that only the deployment knows: there, and of whatever type is asked for."""

    def __repr__(self) -> str:
        return "(a parameter or a secret)"


def read(place: Place, schema: Path | Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema, from a file or as it is.

    Raises:
        MissingFileError, FileTooLargeError, MalformedFileError: the file cannot be read, or is no schema.
    """
    content = schema if isinstance(schema, Mapping) else files.read(place, "schema", schema).values
    try:
        _validators(content).check_schema(dict(content))
    except SchemaError as error:
        raise MalformedFileError(
            f"{place}: its schema is no JSON Schema",
            received=f"{'(a mapping)' if isinstance(schema, Mapping) else schema}, "
            f"{'.'.join(map(str, error.absolute_path)) or 'at its top'}: {error.message}",
            allowed="JSON Schema, draft 2020-12 unless $schema names another",
            change="correct the schema",
        ) from None
    return content


def check(
    place: Place,
    schema: Mapping[str, Any],
    tree: Any,
    references: Collection[tuple[str, ...]],
    *,
    is_whole: bool,
) -> None:
    """Checks what is known of a configuration.

    Args:
        place: of the construct, for messages.
        schema: that ``read`` returned.
        tree: of the files, merged.
        references: keys that are there at run time, with values of any type.
        is_whole: whether no other layer is deployed; where one is, nothing is missing for sure.

    Raises:
        SchemaViolationError: it is not what the schema asks for.
    """
    instance = _plain(tree)
    for path in references:
        _put(instance, path)
    validator = _lenient(_validators(schema), ignored=() if is_whole else _ABSENCE)(schema)
    errors = sorted(
        validator.iter_errors(instance), key=lambda error: [str(part) for part in error.absolute_path]
    )
    if errors:
        described = [_described(error, tree) for error in errors[:_SHOWN]]
        more = [f"and {len(errors) - _SHOWN} more"] if errors[_SHOWN:] else []
        raise SchemaViolationError(
            f"{place}: its files are not what its schema asks for",
            received="\n    ".join([*described, *more]),
            change="correct the values, or the schema",
        )


def _validators(schema: Mapping[str, Any]) -> type[Validator]:
    found: type[Validator] = validator_for(schema, default=Draft202012Validator)
    return found


def _lenient(validators: type[Validator], ignored: Collection[str]) -> type[Validator]:
    """The same kind of validator, satisfied with every reference and without some of the keywords."""

    def unless_referred(check: Callable[..., Any]) -> Callable[..., Any]:
        def checked(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
            if not isinstance(instance, _Referred):
                yield from check(validator, value, instance, schema) or ()

        return checked

    keywords = {
        name: _pass if name in ignored else unless_referred(check)
        for name, check in validators.VALIDATORS.items()
    }
    lenient: type[Validator] = extend(validators, keywords)  # type: ignore[no-untyped-call]
    return lenient


def _pass(*_: object) -> tuple[()]:
    return ()


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _plain(inner) for key, inner in node.items()}
    return node.value


def _put(instance: dict[str, Any], path: tuple[str, ...]) -> None:
    for key in path[:-1]:
        instance = instance.setdefault(key, {})
    instance[path[-1]] = _Referred()


def _described(error: ValidationError, tree: Any) -> str:
    path = list(error.absolute_path)
    if error.validator == "required":
        wanted: Any = error.validator_value
        missing = [name for name in wanted if name not in cast("dict[str, Any]", error.instance)]
        return f"{_placed(path, tree)}: {', '.join(missing)} is missing"
    keyword = f"{error.validator}: {_short(error.validator_value)}"
    return f"{_placed(path, tree)}: {_received(path, error)}does not fit {keyword}"


def _received(path: list[str | int], error: ValidationError) -> str:
    if isinstance(error.instance, (dict, list)):
        return ""
    if any(isinstance(key, str) and is_secret_key(key) for key in path):
        return "its value (not shown) "
    return f"{_short(error.instance)} "


def _short(value: Any) -> str:
    text = json.dumps(value, default=repr)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def _placed(path: list[str | int], tree: Any) -> str:
    """File, line and key of a value, or of what is around it."""
    node, rest = tree, list(path)
    while rest and isinstance(node, dict) and rest[0] in node:
        node = node[rest.pop(0)]
    found = next((leaf for _, leaf in files.leaves(node)), None)
    key = ".".join(map(str, path)) or "(top)"
    if found is None:
        return key
    own = found.path if not isinstance(node, dict) else tuple(path[: len(path) - len(rest)])
    return f"{found.origin.place((*own, *rest) if not isinstance(node, dict) else own)}, {key}"
