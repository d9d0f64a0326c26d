"""Where an environment is deployed to, and the checks that no other place is meant."""

import os
from pathlib import Path

from thaw_cli.errors import CloudNotRunningError, EndpointOverriddenError
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


def require_real_aws(environment: str) -> None:
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
