"""``thaw cloud``: an AWS on this machine."""

import dataclasses
from pathlib import Path

import click
from rich.console import Console

from thaw_cli import console, tools
from thaw_cli.commands.options import folder_option
from thaw_cli.local.cloud import Cloud, end, exclusive
from thaw_cli.local.keeper import require_linux
from thaw_cli.local.state import CloudState


@click.group(epilog=console.epilog("thaw cloud up", "thaw deploy -e local", "thaw cloud down"))
def command() -> None:
    """An AWS on this machine: MiniStack and PostgreSQL, on 127.0.0.1 only."""


@command.command(epilog=console.epilog("thaw cloud up", 'eval "$(thaw cloud status --export)"; aws s3 ls'))
@folder_option
@click.option(
    "--engine",
    is_flag=True,
    help="Run functions made of images in containers, by docker or what CDK_DOCKER names.",
)
@console.json_option
def up(folder: Path, *, engine: bool) -> None:
    """Start the cloud in the background; does nothing when it already runs.

    It begins empty and forgets everything when it stops.
    """
    require_linux()
    with exclusive(folder):
        running = CloudState.load(folder)
        if running is not None and running.alive:
            console.note("The cloud is already up and stays as it was started.")
            return _show(running)
        return _show(_start(folder, engine=engine))


@command.command(epilog=console.epilog("thaw cloud down"))
@folder_option
@console.json_option
def down(folder: Path) -> None:
    """Stop the cloud and everything that runs in it, and remove its data."""
    require_linux()
    with console.step("Stopping the cloud"), exclusive(folder):
        was_up = end(folder)
    text = "The cloud is down." if was_up else "The cloud was not up."
    console.show({"up": False, "was_up": was_up}, lambda out: out.print(text))


@command.command(
    epilog=console.epilog("thaw cloud status", 'eval "$(thaw cloud status --export)"; aws s3 ls')
)
@folder_option
@click.option("--export", is_flag=True, help="Print shell commands that point AWS tools at the cloud.")
@console.json_option
def status(folder: Path, *, export: bool) -> None:
    """Say whether the cloud is up, and where."""
    if export:
        variables = CloudState.find(folder).aws.variables()
        click.echo("\n".join(f"export {name}={value}" for name, value in variables.items()))
        return
    state = CloudState.load(folder)
    if state is not None and state.alive:
        _show(state)
    else:
        text = "The cloud is down. Start it with `thaw cloud up`."
        console.show({"up": False}, lambda out: out.print(text, markup=False))


def _start(folder: Path, *, engine: bool) -> CloudState:
    for name, title in {"ministack": "MiniStack", "postgres": "PostgreSQL"}.items():
        if not tools.location(name).is_dir():
            with console.step(f"Installing {title} (once)"):
                tools.install(name)
    with console.step("Starting the cloud"):
        cloud = Cloud(folder, engine=engine)
        cloud.start()
        return cloud.detach()


def _show(state: CloudState) -> None:
    def render(out: Console) -> None:
        rows = [
            ("AWS endpoint", state.endpoint),
            ("region", state.region),
            ("PostgreSQL", f"127.0.0.1:{state.postgres_port}"),
        ]
        out.print(console.table("The cloud is up", ("what", "where"), rows))

    document = dataclasses.asdict(state)
    del document["keepers"]
    console.show({"up": True, **document}, render)
