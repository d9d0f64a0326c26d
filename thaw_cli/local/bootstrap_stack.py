"""The stack that `cdk bootstrap` makes, kept, so that the next local cloud gets it without the CLI, which takes seconds.

The file holds the template and the parameters as the CLI gave them to CloudFormation.
"""

import json
from pathlib import Path
from typing import Any

from thaw_cli.local.aws import LocalAws
from thaw_cli.local.files import write_atomically

NAME = "CDKToolkit"
# What the CLI acknowledges; the cloud refuses a stack of roles without it.
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


def keep(aws: LocalAws, file: Path) -> None:
    """Writes down what the stack was made from."""
    formation = aws.client("cloudformation")
    [stack] = formation.describe_stacks(StackName=NAME)["Stacks"]
    template = formation.get_template(StackName=NAME, TemplateStage="Original")["TemplateBody"]
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, json.dumps({"TemplateBody": template, "Parameters": stack["Parameters"]}))


def recreate(aws: LocalAws, file: Path) -> bool:
    """Makes the stack from what was written down; returns whether anything was.

    Raises:
        botocore.exceptions.WaiterError: the stack could not be made.
    """
    if not file.exists():
        return False
    kept: dict[str, Any] = json.loads(file.read_text())
    formation = aws.client("cloudformation")
    formation.create_stack(StackName=NAME, Capabilities=_CAPABILITIES, **kept)
    formation.get_waiter("stack_create_complete").wait(StackName=NAME, WaiterConfig={"Delay": 1})
    return True
