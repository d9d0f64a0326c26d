"""What the functions of the service may do, to the action and the resource."""

import json
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import IValidation


def allow(function: lambda_.Function, resource: str, *actions: str) -> None:
    """Exactly these actions on this resource; the CDK's own grants allow whole groups of actions."""
    function.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=[resource]))


def allow_below(function: lambda_.Function, objects: str, *actions: str, reason: str) -> None:
    """Exactly these actions on the objects below a prefix.

    Args:
        function: who may.
        objects: the ARN of a bucket with a prefix and a star.
        *actions: what.
        reason: why a narrower resource is not possible; shown to who asks about cdk-nag's finding of the star.
    """
    allow(function, objects, *actions)
    role = cast("iam.IRole", function.role)  # absent of imported functions alone
    role.node.add_validation(_StarAcknowledged(role, objects, reason))


@jsii.implements(IValidation)
class _StarAcknowledged:
    """Acknowledges cdk-nag's finding of one resource with a star.

    The finding is known by the resource's text in the template, and that of a resource of another stack is settled
    only while the application is synthesised: after aspects, before validations.
    """

    def __init__(self, role: iam.IRole, resource: str, reason: str) -> None:
        self._role, self._resource, self._reason = role, resource, reason

    def validate(self) -> list[str]:
        stack = cdk.Stack.of(self._role)
        finding = f"AwsSolutions-IAM5[Resource::{_flat(stack.resolve(self._resource))}]"
        cdk.Validations.of(self._role).acknowledge(cdk.Acknowledgment(id=finding, reason=self._reason))
        return []


def _flat(value: Any) -> str:
    """A template's value the way cdk-nag writes it into the name of a finding."""
    match value:
        case str():
            return value
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(_flat, parts))
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Ref": name}:
            return f"<{name}>"
    return json.dumps(value, separators=(",", ":"))
