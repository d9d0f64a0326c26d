"""What SnapStart takes, and what it does not go together with.

Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
"""

from typing import cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_
from constructs import IValidation

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.functions.errors import SnapStartError
from constructs_lib.functions.operations import Operations

STORAGE_MB = 512


def check_snap_start(place: Place, runtime: lambda_.Runtime, operations: Operations) -> None:
    """Checks that a function may ask for SnapStart.

    Raises:
        SnapStartError: its runtime or its /tmp is not one that SnapStart takes.
    """
    if not runtime.supports_snap_start:
        raise SnapStartError(
            f"{place} asks for SnapStart on a runtime that does not have it",
            received=asked_once.name_of(runtime),
            allowed="Java from 11, Python from 3.12, .NET from 8",
            change="leave snap_start out; a CustomRuntimeFunction has snapshots of its own",
        )
    check_storage(place, operations)


def check_storage(place: Place, operations: Operations) -> None:
    """Checks that a function with SnapStart has no more /tmp than that takes.

    Raises:
        SnapStartError: it has more.
    """
    size = operations.get("ephemeral_storage_size")
    if size is not None and not size.is_unresolved() and size.to_mebibytes() > STORAGE_MB:
        raise SnapStartError(
            f"{place} asks for SnapStart and for more /tmp than it takes",
            received=f"{size.to_mebibytes():,.0f} MB",
            allowed=f"at most {STORAGE_MB} MB",
            change="leave ephemeral_storage_size or snap_start out",
        )


@jsii.implements(IValidation)
class NoProvisionedConcurrency:
    """Refuses versions and aliases of a function that ask for provisioned concurrency beside SnapStart."""

    def __init__(self, function: lambda_.Function) -> None:
        self._function = function

    def validate(self) -> list[str]:
        """Adds an error to each; called by the CDK at the end, when there are all of them."""
        stack = asked_once.stack_of(self._function)
        ours = stack.resolve(self._function.function_name)
        for found in stack.node.find_all():
            if not isinstance(found, (lambda_.CfnVersion, lambda_.CfnAlias)):
                continue
            asked = found._cfn_properties.get("provisionedConcurrencyConfig")  # noqa: SLF001 - as in EnvironmentSize
            if asked is not None and stack.resolve(found.function_name) == ours:
                error = SnapStartError(
                    f"{asked_once.path_of(self._function)} has SnapStart and provisioned concurrency",
                    received=f"provisioned concurrency of {asked_once.path_of(found)}",
                    allowed="one of them: Lambda refuses both",
                    change="leave snap_start or the provisioned concurrency out",
                )
                cdk.Annotations.of(cast("cdk.CfnResource", found)).add_error(str(error))
        return []
