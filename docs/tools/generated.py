"""The parts of a construct's page that nobody writes: picture, props, statements and template of its example."""

import json
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

import constructs_lib
from docs.tools.architecture import of_template
from docs.tools.permissions import Statement, statements
from docs.tools.picture import draw
from docs.tools.props import Prop, own_props, shared_props

Templates = Mapping[str, Mapping[str, Any]]
_DEFAULTS, _ERRORS = "\n## Defaults\n", "\n## Errors\n"
_ENOUGH_TO_HIDE = 8


class PageError(Exception):
    """A page lacks a part that every page has."""


def complete(text: str, title: str, templates: Templates) -> str:
    """A page with its generated parts.

    Args:
        text: the page as it is written.
        title: the construct's name.
        templates: the resources of each stack of the page's example.

    Raises:
        PageError: the page lacks the parts between which the generated ones go.
    """
    for heading in (_DEFAULTS, _ERRORS):
        if text.count(heading) != 1:
            raise PageError(f"{title} has {text.count(heading)} headings {heading.strip()!r}, not one")
    before, _, defaults = text.partition(_DEFAULTS)
    explained, _, rest = defaults.partition(_ERRORS)
    return "\n".join(
        [
            before,
            "## Architecture\n",
            *map(_picture, templates, templates.values()),
            _DEFAULTS,
            explained,
            "### Every statement of the example\n",
            _statements([each for resources in templates.values() for each in statements(resources)]),
            "\n## Props\n",
            _props(title),
            _ERRORS,
            rest,
            "\n## Template\n\nWhat the example makes, as CloudFormation gets it.\n",
            *map(_template, templates, templates.values()),
        ]
    )


def _picture(stack: str, resources: Mapping[str, Any]) -> str:
    picture = draw(of_template(resources), f"the resources of stack {stack}, and which of them uses which")
    return f'<div class="architecture">{picture}</div>\n'


def _props(title: str) -> str:
    construct = getattr(constructs_lib, title)
    shared = shared_props(construct)
    parts = [_table(own_props(construct))]
    if shared:
        parts.append(_collapsed("Props that every function takes", _table(shared)))
    return "\n".join(parts)


def _table(props: Iterable[Prop]) -> str:
    rows = [
        f"| `{prop.name}`{' (required)' if prop.required else ''} | {_code(prop.kind)} | {_prose(prop.text)} |"
        for prop in props
    ]
    return "\n".join(["| prop | type | what it is |", "|---|---|---|", *rows, ""])


def _statements(found: list[Statement]) -> str:
    rows = [
        f"| {_code(each.who)} | {each.effect} | {'<br>'.join(map(_code, each.actions))} "
        f"| {_code(each.resource)} | {_code(each.condition) if each.condition else ''} |"
        for each in found
    ]
    table = "\n".join(["| who | effect | actions | on | if |", "|---|---|---|---|---|", *rows, ""])
    return table if len(rows) <= _ENOUGH_TO_HIDE else _collapsed(f"{len(rows)} statements", table)


def _template(stack: str, resources: Mapping[str, Any]) -> str:
    text = json.dumps(resources, indent=2)
    return _collapsed(f"{stack}: {len(resources)} resources", f"```json\n{text}\n```\n")


def _collapsed(title: str, content: str) -> str:
    return f'??? note "{title}"\n\n{textwrap.indent(content, "    ")}\n'


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _prose(text: str) -> str:
    """A docstring's text, whose double backticks are Markdown's single ones."""
    return _cell(text.replace("``", "`"))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
