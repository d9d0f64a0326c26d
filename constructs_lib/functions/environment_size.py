"""Refuses, before anything is deployed, environment variables that Lambda would refuse."""

from collections.abc import Mapping
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_
from constructs import IValidation

from constructs_lib import bundling


def known_text(value: Any) -> str:
    """The part of a resolved template value whose length is known before deployment.

    References are left out, so that the size found is a lower bound and nothing that fits is refused.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(known_text(part) for part in parts)
    return ""


@jsii.implements(IValidation)
class EnvironmentSize:
    """Checks a function's variables when everything that adds some has done so.

    A validation and not an aspect: the CDK calls it once for a function, not once for each of its parts.
    """

    def __init__(self, function: lambda_.Function) -> None:
        self._function = function

    def validate(self) -> list[str]:
        """Adds an error to the function where its variables are over the limit; called by the CDK."""
        resource = self._function.node.default_child
        # ``environment`` of the resource comes back empty: the binding takes the lazy value for a struct without members.
        lazy = cast("cdk.CfnResource", resource)._cfn_properties.get("environment")  # noqa: SLF001 - protected, the only other way to it
        resolved = cdk.Stack.of(self._function).resolve(lazy) or {}
        variables = {name: known_text(value) for name, value in resolved.get("variables", {}).items()}
        try:
            bundling.check_environment(self._function.node.path, variables)
        except bundling.ThawError as error:
            # What is returned here would come out below a stack trace of the CDK's own process.
            cdk.Annotations.of(self._function).add_error(str(error))
        return []
