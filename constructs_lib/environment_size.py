"""Refuses, before anything is deployed, environment variables that Lambda would refuse."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_
from constructs import IConstruct

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


@jsii.implements(cdk.IAspect)
class EnvironmentSize:
    """Checks a function's variables when everything that adds some has done so."""

    def visit(self, node: IConstruct) -> None:
        """Add an error to ``node`` where its variables are over the limit; called by the CDK."""
        if not isinstance(node, lambda_.CfnFunction):
            return
        # ``node.environment`` comes back empty: the binding takes the lazy value for a struct without members.
        lazy = node._cfn_properties.get("environment")  # noqa: SLF001 - protected, the only other way to it
        resolved = cdk.Stack.of(node).resolve(lazy) or {}
        variables = {name: known_text(value) for name, value in resolved.get("variables", {}).items()}
        try:
            bundling.check_environment(node.node.path, variables)
        except bundling.ThawError as error:
            # An exception would pass through the CDK's own process and come out as a stack trace.
            cdk.Annotations.of(node).add_error(str(error))
