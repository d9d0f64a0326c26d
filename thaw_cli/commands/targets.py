"""Where an environment is deployed to, and the checks that no other place is meant."""

import os
import sys
from pathlib import Path

from thaw_cli import cdk, console
from thaw_cli.errors import CloudNotRunningError, DeploymentFailedError, EndpointOverriddenError
from thaw_cli.local.aws import LocalAws
from thaw_cli.local.state import CloudState

LOCAL = "local"
_ENDPOINT = "AWS_ENDPOINT_URL"


def local_aws(folder: Path) -> LocalAws:
    """The AWS that environment local is deployed to: ``AWS_ENDPOINT_URL`` if that is set, else the local cloud.

    Raises:
        NotLoopbackError: the endpoint is not on this machine.
        CloudNotRunningError: nothing answers there.
        WrongAccountError: it is not the local account.
    """
    # Imported here because it is slow and only this needs it.
    from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]  # noqa: PLC0415

    override = os.environ.get(_ENDPOINT)
    aws = LocalAws(override) if override else CloudState.find(folder).aws
    try:
        aws.require_local_account()
    except BotoCoreError as error:
        raise CloudNotRunningError(
            f"nothing that speaks AWS answers at {aws.endpoint}: {error}",
            change="start the local cloud with `thaw cloud up`",
        ) from error
    return aws


def change_on_aws(environment: str, project: Path, command: str, *options: str) -> None:
    """Runs a command of the CDK CLI for all stacks of an environment that belongs to AWS.

    What it prints goes to stderr where the result is to be JSON.

    Raises:
        EndpointOverriddenError: an environment variable leads elsewhere.
        CdkMissingError: the CLI is not installed.
        DeploymentFailedError: the command failed.
    """
    _require_real_aws(environment)
    arguments = [command, "--all", "--context", f"env={environment}", *options]
    stdout = sys.stderr if console.wants_json() else None
    if status := cdk.pass_through(project, arguments, stdout=stdout):
        raise DeploymentFailedError(
            f"`cdk {command}` ended with status {status}",
            received=f"-e {environment}",
            change="put right what the CDK CLI says above, and run the command again",
        )


def _require_real_aws(environment: str) -> None:
    """Makes sure that a deployment of ``environment`` goes to AWS itself.

    Raises:
        EndpointOverriddenError: an environment variable leads elsewhere.
    """
    for name, value in os.environ.items():
        if name.startswith(_ENDPOINT) and value:
            raise EndpointOverriddenError(
                f"environment {environment} belongs to AWS, but {name} leads elsewhere",
                received=value,
                allowed="no endpoint, except for environment local",
                change=f"unset {name}, or use `-e local`",
            )
