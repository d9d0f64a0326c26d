"""``thaw invoke``: one function, once, under the emulator."""

import json
import tempfile
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from thaw_cli import console
from thaw_cli.commands.recipes import built, recipe_of, recipe_options
from thaw_cli.errors import EventError, FunctionFailedError
from thaw_cli.local.emulator import Answer, Emulator


@click.command(
    epilog=console.epilog(
        'thaw invoke hello --handler handler.handle --event \'{"name": "world"}\'',
        "thaw invoke hello --handler handler.handle --event event.json -v LEVEL=debug",
    )
)
@recipe_options
@click.option(
    "--event",
    default="{}",
    show_default=True,
    metavar="JSON|FILE",
    help="The event, or a file that holds it.",
)
@click.option(
    "-v", "--variable", "variables", multiple=True, metavar="NAME=VALUE", help="An environment variable."
)
@click.option("--timeout", default=30, show_default=True, type=click.IntRange(1, 900), help="Seconds.")
@console.json_option
def command(event: str, variables: tuple[str, ...], timeout: int, **options: Any) -> None:
    """Run the function in DIR once, under AWS's Runtime Interface Emulator, on this machine.

    Prints the response on stdout and the log, with the emulator's REPORT line, on stderr. The emulator's durations are
    wall clock of this machine, and its memory figure is the configured one: it is no measurement.
    """
    body = _event(event)
    recipe = recipe_of(options)
    artifact = built(recipe)
    with tempfile.TemporaryDirectory() as folder:
        emulator = Emulator(
            artifact.root,
            recipe.handler,
            folder=Path(folder),
            variables=dict(_variable(text) for text in variables),
            timeout=timeout,
        )
        with console.step("invoking"), emulator:
            answer = emulator.invoke(body)
    _show(answer)


def _event(argument: str) -> bytes:
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


def _variable(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--variable")
    return name, value


def _show(answer: Answer) -> None:
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


def _as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
