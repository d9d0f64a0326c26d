"""``thaw doctor``: whether this machine has what it takes."""

import dataclasses

import click
from rich.console import Console
from rich.text import Text

from thaw_cli import console
from thaw_cli.checks import CHECKS, Check, Level

_STYLES = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}


@click.command(epilog=console.epilog("thaw doctor", "thaw doctor --json"))
@console.json_option
@click.pass_context
def command(context: click.Context) -> None:
    """See whether this machine has what it takes, and what to do about what it lacks.

    Ends with exit code 3 when something does not work.
    """
    with console.step("Looking at this machine") as report:
        found = []
        for look in CHECKS:
            found.append(look())
            report(f"Looked at {found[-1].subject}")
    console.show({"checks": [dataclasses.asdict(check) for check in found]}, lambda out: _render(out, found))
    if any(check.level is Level.FAIL for check in found):
        context.exit(console.UNAVAILABLE)


def _render(out: Console, checks: list[Check]) -> None:
    rows = [
        (Text(check.level, style=_STYLES[check.level]), check.subject, check.found, check.fix)
        for check in checks
    ]
    out.print(console.table("This machine", ("", "what", "found", "what to do"), rows))
