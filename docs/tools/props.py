"""The props of a construct: from its signature and its docstring, those that every function takes among them."""

import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Unpack, get_args, get_origin

_POSITIONAL = {"self", "scope", "id"}
_SECTION = re.compile(r"^(?P<name>[A-Z]\w+):\n(?P<body>(?:(?: .*)?\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"^(?P<name>\w+): (?P<text>.*(?:\n .*)*)", re.MULTILINE)
_MODULE = re.compile(r"\b(?:\w+\.)+(?=\w)")


@dataclass(frozen=True)
class Prop:
    """One prop; texts as they are shown.

    Attributes:
        name: as it is given.
        kind: its type without modules.
        required: whether it has to be given.
        text: what the docstring says of it.
    """

    name: str
    kind: str
    required: bool
    text: str


def own_props(construct: type) -> list[Prop]:
    """What the constructor names, apart from scope and id."""
    said = entries(construct, "Args")
    return [
        Prop(name, kind_of(parameter.annotation), parameter.default is parameter.empty, said.get(name, ""))
        for name, parameter in _parameters(construct).items()
        if name not in _POSITIONAL and parameter.kind is not parameter.VAR_KEYWORD
    ]


def shared_props(construct: type) -> list[Prop]:
    """What it takes besides, by ``**operations: Unpack[...]``; empty where it takes nothing of the kind."""
    return [
        Prop(name, kind_of(annotation), required=False, text=entries(fields, "Attributes").get(name, ""))
        for fields in _unpacked(construct)
        for name, annotation in inspect.get_annotations(fields).items()
    ]


def entries(documented: type, section: str) -> dict[str, str]:
    """The entries of a docstring's section such as ``Args``, each on one line."""
    text = inspect.getdoc(documented) or ""
    bodies = {found["name"]: textwrap.dedent(found["body"]) for found in _SECTION.finditer(f"{text}\n")}
    found = _ENTRY.finditer(bodies.get(section, ""))
    return {each["name"]: " ".join(each["text"].split()) for each in found}


def kind_of(annotation: Any) -> str:
    """An annotation as people read it: no modules, and None left to the default."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return _MODULE.sub("", text).removesuffix(" | None")


def _parameters(construct: type) -> Mapping[str, inspect.Parameter]:
    # Of the class itself, jsii's metaclass shows another signature.
    return inspect.signature(construct.__init__).parameters  # type: ignore[misc]


def _unpacked(construct: type) -> Iterator[type]:
    for parameter in _parameters(construct).values():
        if parameter.kind is parameter.VAR_KEYWORD and get_origin(parameter.annotation) is Unpack:
            yield from get_args(parameter.annotation)
