"""``thaw invoke``: one function, once, under the emulator."""

import tempfile
from pathlib import Path
from typing import Any

import click

from thaw_cli import console
from thaw_cli.commands.invocations import environment_options, event_of, show, variables_of
from thaw_cli.commands.recipes import built, recipe_of, recipe_options
from thaw_cli.local.emulator import Emulator


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
@environment_options
@console.json_option
def command(event: str, variables: tuple[str, ...], timeout: int, **options: Any) -> None:
    """Run the function in DIR once, under AWS's Runtime Interface Emulator, on this machine.

    Prints the response on stdout and the log, with the emulator's REPORT line, on stderr. The emulator's durations are
    wall clock of this machine, and its memory figure is the configured one: it is no measurement.
    """
    body = event_of(event)
    recipe = recipe_of(options)
    artifact = built(recipe)
    with tempfile.TemporaryDirectory() as folder:
        emulator = Emulator(
            artifact.root,
            recipe.handler,
            folder=Path(folder),
            variables=variables_of(variables),
            timeout=timeout,
        )
        with console.step("invoking"), emulator:
            answer = emulator.invoke(body)
    show(answer)
