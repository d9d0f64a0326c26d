"""The operator's command ``thaw``."""

import importlib
from typing import Any

import click

from constructs_lib.bundling.errors import ThawError
from thaw_cli import console

_COMMANDS = {
    "build": "Make a function's artifact.",
    "check": "Check the templates of any CDK application.",
    "cloud": "Start and stop an AWS on this machine.",
    "demo": "Deploy to this machine, measure, and show real results.",
    "deploy": "Deploy the stacks of an environment.",
    "destroy": "Remove the stacks of an environment.",
    "doctor": "See whether this machine has what it takes.",
    "image": "Make a container image of a function, and run one without an engine.",
    "inspect": "Show what a snapshot holds.",
    "invoke": "Run a function once under the Runtime Interface Emulator.",
}


class Commands(click.Group):
    """Commands that are imported when they are called, each from its module in ``thaw_cli.commands``."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, without importing anything."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        """The command, imported now."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"thaw_cli.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - likewise
        """Lists the commands, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; a user's mistake becomes a message and an exit code, a bug keeps its traceback."""
        try:
            return super().invoke(ctx)
        except ThawError as error:
            ctx.exit(console.present(error))
        except KeyboardInterrupt:
            ctx.exit(console.interrupted())


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=console.epilog("thaw doctor", "thaw cloud up", "thaw deploy -e local", "thaw cloud down"),
)
@click.version_option(package_name="lambda-thaw", prog_name="thaw")
def main() -> None:
    """Lambda functions that start fast: build, run, deploy and measure them.

    The example deploys the project's stacks to an AWS on this machine; no account is needed.
    """
