"""Refuses, before anything is deployed, environment variables that Lambda would refuse."""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_
from constructs import IValidation

from constructs_lib import asked_once, bundling


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
    """Checks the variables of a stack's functions when everything that adds some has done so.

    One validation for a stack: an aspect would be called, from the CDK's process, for each part of each function.
    """

    def __init__(self, stack: cdk.Stack) -> None:
        self._stack = stack
        self.functions: list[lambda_.Function] = []

    def validate(self) -> list[str]:
        """Adds an error to each function whose variables are over the limit; called by the CDK."""
        for function in self.functions:
            try:
                bundling.check_environment(asked_once.PathOf(function), self._variables(function))
            except bundling.ThawError as error:
                # What is returned here would come out below a stack trace of the CDK's own process.
                cdk.Annotations.of(function).add_error(str(error))
        return []

    def _variables(self, function: lambda_.Function) -> dict[str, str]:
        resource = cast("cdk.CfnResource", function.node.default_child)
        # ``environment`` of the resource comes back empty: the binding takes the lazy value for a struct without members.
        lazy = resource._cfn_properties.get("environment")  # noqa: SLF001 - protected, the only other way to it
        resolved = self._stack.resolve(lazy) or {}
        return {name: known_text(value) for name, value in resolved.get("variables", {}).items()}


@cache
def _validation(stack: cdk.Stack) -> EnvironmentSize:
    validation = EnvironmentSize(stack)
    stack.node.add_validation(validation)
    return validation


def check_at_the_end(function: lambda_.Function, stack: cdk.Stack) -> None:
    """Lets the variables of ``function`` be checked once nothing more can be added to them."""
    _validation(stack).functions.append(function)
