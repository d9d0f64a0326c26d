"""Events, variables and answers, the same for every command that invokes a function."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from thaw_cli import console
from thaw_cli.errors import EventError, FunctionFailedError
from thaw_cli.local.emulator import Answer

_Command = Callable[..., Any]


def environment_options(command: _Command) -> _Command:
    """Adds ``--variable`` and ``--timeout``; the first is for ``variables_of``."""
    for option in (
        click.option(
            "--timeout", default=30, show_default=True, type=click.IntRange(1, 900), help="Seconds."
        ),
        click.option(
            "-v",
            "--variable",
            "variables",
            multiple=True,
            metavar="NAME=VALUE",
            help="An environment variable.",
        ),
    ):
        command = option(command)
    return command


def variables_of(texts: Sequence[str]) -> dict[str, str]:
    """The variables that ``NAME=VALUE`` set, the last of a name's.

    Raises:
        click.BadParameter: one has another form.
    """
    return dict(_variable(text) for text in texts)


def event_of(argument: str) -> bytes:
    """The event that an argument is, or that lies in the file that it names.

    Raises:
        EventError: it is neither.
    """
    text = argument if argument.lstrip()[:1] in {"{", "[", '"'} else _read(Path(argument))
    try:
        json.loads(text)
    except ValueError as error:
        raise EventError(
            "the event is not JSON",
            received=error,
            allowed="a JSON document, or a file with one",
            change="correct it",
        ) from error
    return text.encode()


def show(answer: Answer) -> None:
    """Prints the response on stdout and the log on stderr.

    Raises:
        FunctionFailedError: the response describes an error.
    """
    # Carriage returns keep a trace one log event in CloudWatch; a terminal would write its lines over each other.
    console.note(answer.log.replace("\r", "\n").rstrip())
    text = answer.payload.decode(errors="replace")

    def render(screen: Console) -> None:
        screen.print(text, markup=False, soft_wrap=True)

    console.show({"payload": _as_json(text), "log": answer.log}, render)
    if answer.failed:
        raise FunctionFailedError(
            "the function failed",
            received=text[:500],
            change="read its log above; the trace names file and line",
        )


def _variable(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--variable")
    return name, value


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, ValueError) as error:
        raise EventError(
            "the event cannot be read",
            received=error,
            allowed="a JSON object, array or string on the command line, or the path of a text file",
            change="quote JSON for the shell, or correct the path",
        ) from error


def _as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
