"""``thaw deploy``: the stacks of one environment."""

import tempfile
from pathlib import Path

import click
from rich.console import Console

from thaw_cli import cdk, console
from thaw_cli.commands.options import environment_option, folder_option
from thaw_cli.commands.targets import LOCAL, change_on_aws, local_aws
from thaw_cli.project import require_project

# How the CDK begins the names of outputs that one stack makes for another.
_BETWEEN_STACKS = ("PublishOutput", "ExportsOutput")
ASSEMBLY = Path(".thaw") / "cdk.out"


@click.command(epilog=console.epilog("thaw cloud up", "thaw deploy -e local"))
@environment_option
@folder_option
@click.option("--yes", is_flag=True, help="Approve changes of permissions without being asked.")
@console.json_option
def command(environment: str, folder: Path, *, yes: bool) -> None:
    """Deploy all stacks of an environment with the real CDK CLI.

    Environment local goes to the AWS that `thaw cloud up` starts; any endpoint that is not on this machine, and any
    account but 000000000000, is refused. The others go to AWS, with the credentials of your shell.
    """
    project = require_project()
    if environment == LOCAL:
        with console.step("Deploying environment local") as report:
            aws = local_aws(folder)
            outputs = cdk.deploy_local(aws, project=project, output=project / ASSEMBLY, report=report)
    else:
        outputs = _deploy(environment, project, yes=yes)
    _show(environment, outputs)


def _deploy(environment: str, project: Path, *, yes: bool) -> cdk.Outputs:
    with tempfile.TemporaryDirectory() as temporary:
        outputs = Path(temporary) / "outputs.json"
        approval = ("--require-approval", "never") if yes else ()
        change_on_aws(environment, project, "deploy", "--outputs-file", str(outputs), *approval)
        return cdk.read_outputs(outputs)


def _show(environment: str, outputs: cdk.Outputs) -> None:
    rows = [
        (stack, key, value)
        for stack, values in outputs.items()
        for key, value in values.items()
        if not key.startswith(_BETWEEN_STACKS)
    ]

    def render(out: Console) -> None:
        out.print(console.table(f"Environment {environment} is deployed", ("stack", "output", "value"), rows))

    console.show({"environment": environment, "outputs": outputs}, render)
