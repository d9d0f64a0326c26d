"""``thaw destroy``: removes the stacks of one environment."""

from pathlib import Path

import click

from thaw_cli import cdk, console
from thaw_cli.commands.deploy import ASSEMBLY
from thaw_cli.commands.options import environment_option, folder_option
from thaw_cli.commands.targets import LOCAL, change_on_aws, local_aws
from thaw_cli.project import require_project


@click.command(epilog=console.epilog("thaw destroy -e local"))
@environment_option
@folder_option
@click.option("--yes", is_flag=True, help="Do not ask before stacks on AWS are removed.")
@console.json_option
def command(environment: str, folder: Path, *, yes: bool) -> None:
    """Remove all stacks of an environment.

    Environment local is removed without a question, with the objects in its buckets. For the others the CDK CLI asks,
    and what the stacks are told to retain stays.
    """
    project = require_project()
    if environment == LOCAL:
        with console.step("Removing environment local") as report:
            aws = local_aws(folder)
            stacks = cdk.destroy_local(aws, project=project, output=project / ASSEMBLY, report=report)
        text = f"Removed: {', '.join(stacks)}" if stacks else "There was nothing to remove."
        console.show(
            {"environment": environment, "removed": stacks}, lambda out: out.print(text, markup=False)
        )
    else:
        change_on_aws(environment, project, "destroy", *(["--force"] if yes else []))
        console.show(
            {"environment": environment}, lambda out: out.print(f"Environment {environment} is removed.")
        )
