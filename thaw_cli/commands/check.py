"""``thaw check``: what Lambda would refuse, or lose, in templates that are there already."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from constructs_lib.checks import CHECKS, Finding, Severity, check_together
from constructs_lib.checks.assembly import Assembly, is_acknowledged
from thaw_cli import console
from thaw_cli.project import project_folder

_FOLDER = "cdk.out"
_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow"}
_NAMESPACES = ("Thaw", "Annotation")  # the plugin's, and the CDK's for an id without one


@click.command(
    epilog=console.epilog("npx cdk synth -q", "thaw check", "thaw check --json | jq '.findings[].id'")
)
@click.argument(
    "assembly",
    metavar="[CDK_OUT]",
    type=click.Path(path_type=Path, file_okay=False),
    default=lambda: (project_folder() or Path.cwd()) / _FOLDER,
)
@click.option(
    "--ignore", metavar="ID", multiple=True, type=click.Choice(sorted(CHECKS)), help="Leave out a check."
)
@click.option("--warnings-as-errors", is_flag=True, help="End with exit code 1 on warnings too.")
@console.json_option
@click.pass_context
def command(
    context: click.Context, assembly: Path, ignore: Sequence[str], *, warnings_as_errors: bool
) -> None:
    """Check the templates and the functions' files in CDK_OUT, the folder that `cdk synth` wrote; cdk.out if left out.

    Any CDK application can be checked, whoever made its constructs. What a construct acknowledges is left out.
    docs/errors.md lists the checks. Ends with exit code 1 when an error is found.
    """
    assemblies = list(Assembly(assembly).with_stages())
    acknowledged = {path: ids for each in assemblies for path, ids in each.acknowledged().items()}
    every = [
        finding
        for finding in check_together(stack for each in assemblies for stack in each.stacks())
        if finding.id not in ignore
    ]
    findings = [each for each in every if not is_acknowledged(each, acknowledged, *_NAMESPACES)]
    findings.sort(key=lambda each: (each.severity != Severity.ERROR, each.path, each.id))
    errors = sum(each.severity == Severity.ERROR for each in findings)
    document = {
        "errors": errors,
        "warnings": len(findings) - errors,
        "acknowledged": len(every) - len(findings),
        "findings": [dataclasses.asdict(each) for each in findings],
    }
    console.show(document, lambda out: _render(out, findings))
    console.note(
        f"{errors} errors, {len(findings) - errors} warnings, {len(every) - len(findings)} acknowledged"
    )
    if errors or (findings and warnings_as_errors):
        context.exit(console.USER_ERROR)


def _render(out: Console, findings: Sequence[Finding]) -> None:
    if not findings:
        return
    rows = [
        (
            Text(each.severity, style=_STYLES[each.severity]),
            each.id,
            f"{each.what} ({each.logical_id})",
            each.received,
            each.allowed,
            each.change,
        )
        for each in findings
    ]
    out.print(console.table("Findings", ("", "id", "what", "received", "allowed", "what to do"), rows))
