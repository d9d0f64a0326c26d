"""``thaw destroy``: removes the stacks of one environment."""

import sys
from pathlib import Path

import click

from thaw_cli import cdk, console
from thaw_cli.commands.deploy import ASSEMBLY
from thaw_cli.commands.options import environment_option, folder_option
from thaw_cli.commands.targets import LOCAL, local_aws, require_real_aws
from thaw_cli.errors import DeploymentFailedError
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
        require_real_aws(environment)
        _destroy(environment, project, yes=yes)


def _destroy(environment: str, project: Path, *, yes: bool) -> None:
    arguments = ["destroy", "--all", "--context", f"env={environment}", *(["--force"] if yes else [])]
    stdout = sys.stderr if console.wants_json() else None
    if status := cdk.pass_through(project, arguments, stdout=stdout):
        raise DeploymentFailedError(
            f"`cdk destroy` ended with status {status}",
            received=f"-e {environment}",
            change="put right what the CDK CLI says above, and run the command again",
        )
    console.show(
        {"environment": environment}, lambda out: out.print(f"Environment {environment} is removed.")
    )
