"""What ``thaw`` prints: results on stdout, everything else on stderr; one JSON document with ``--json``."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from constructs_lib.bundling.errors import ThawError
from thaw_cli.errors import CommandLineError

OK, USER_ERROR, USAGE_ERROR, UNAVAILABLE, INTERRUPTED = 0, 1, 2, 3, 130
_EXIT_CODES = f"""\
Exit codes: {OK} done; {USER_ERROR} an error that the message tells how to put right; {USAGE_ERROR} wrong usage;
{UNAVAILABLE} this machine lacks something; {INTERRUPTED} interrupted."""

_JSON = "thaw.json"
_UNWRAPPED = 250
_Command = TypeVar("_Command", bound=Callable[..., Any])

Cell = str | Text


def epilog(*examples: str) -> str:
    """The end of a command's help: examples, one per line, and the exit codes."""
    unwrapped = "\b"  # click's mark for a paragraph whose line breaks stay
    lines = "\n".join(f"  {example}" for example in examples)
    return f"{unwrapped}\nExample:\n{lines}\n\n{unwrapped}\n{_EXIT_CODES}"


def json_option(command: _Command) -> _Command:
    """Adds ``--json``; ``show``, ``note`` and errors heed it, the command itself receives nothing."""
    return click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        callback=_remember_json,
        help="Print the result as one JSON document.",
    )(command)


def wants_json() -> bool:
    """Whether the command that runs was given ``--json``."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(_JSON))


def show(document: Mapping[str, Any], render: Callable[[Console], None]) -> None:
    """Prints a command's result: the document with ``--json``, else whatever ``render`` prints."""
    if wants_json():
        click.echo(json.dumps(document, indent=2))
    else:
        # Where nobody sees a screen's edge, nothing is wrapped: the values are there to be copied.
        render(Console(highlight=False, width=None if sys.stdout.isatty() else _UNWRAPPED))


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
    """A table of plain text: nothing in a cell is taken for markup."""
    made = Table(title=Text(title), title_justify="left", show_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    return made


def note(message: str) -> None:
    """Tells the user something beside the result; silent with ``--json``."""
    if not wants_json():
        click.echo(message, err=True)


@contextmanager
def step(message: str) -> Iterator[Callable[[str], None]]:
    """A step that may take over a second: a spinner on a terminal, else one line; silent with ``--json``.

    Yields a function that replaces the message while the step goes on.
    """
    console = Console(stderr=True, highlight=False)
    if wants_json():
        yield lambda _: None
    elif console.is_terminal:
        with console.status(Text(message)) as status:
            yield lambda text: status.update(Text(text))
    else:
        note(message)
        yield lambda _: None


@contextmanager
def progress(message: str) -> Iterator[Callable[[int, int], None]]:
    """A step whose end is in sight: a bar on a terminal, else one line; silent with ``--json``.

    Yields a function that takes how much is done and how much there is.
    """
    console = Console(stderr=True, highlight=False)
    if wants_json() or not console.is_terminal:
        note(message)
        yield lambda _done, _total: None
        return
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console
    ) as bar:
        task = bar.add_task(message, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def present(error: ThawError) -> int:
    """Prints the error on stderr, as a block or as a JSON object; returns the exit code it asks for."""
    if wants_json():
        document = {
            "id": error.id,
            "what": error.what,
            "received": None if error.received is None else str(error.received),
            "allowed": error.allowed,
            "change": error.change,
        }
        click.echo(json.dumps(document, indent=2), err=True)
    else:
        head, *details = str(error).split("\n")
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            Text(head, style="bold red"), *(Text(line) for line in details), sep="\n"
        )
    return error.exit_code if isinstance(error, CommandLineError) else USER_ERROR


def interrupted() -> int:
    """Says that Ctrl-C ended the command; returns the exit code."""
    sys.stderr.write("\ninterrupted; whatever this command had started has ended\n")
    return INTERRUPTED


def _remember_json(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's form
    context.meta[_JSON] = value
