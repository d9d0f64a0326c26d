"""The functions in a set of subnets, and the AWS services that each of them may call.

Everything is read from the resources of the application, so that a plain ``aws_lambda.Function`` counts like one of this
library. The CDK is asked in bulk: all constructs in one question, all documents in another.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import IConstruct

from constructs_lib.network.services import endpoints_called


@dataclass(frozen=True)
class Caller:
    """A function and the endpoints it needs."""

    function: lambda_.CfnFunction
    endpoints: set[str]


def callers_in(
    subnet_ids: Collection[str], stack: cdk.Stack, resources: Sequence[IConstruct]
) -> list[Caller]:
    """The functions with an interface in one of the subnets.

    Args:
        subnet_ids: as the functions name them, tokens included.
        stack: any one of the application, to resolve tokens with.
        resources: all constructs of the application.
    """
    functions = {each: _properties(each) for each in resources if isinstance(each, lambda_.CfnFunction)}
    inside = {each: found for each, found in functions.items() if _subnets(found) & set(subnet_ids)}
    if not inside:
        return []
    roles = _resolved(stack, [found.get("role") for found in inside.values()])
    letters = _resolved(stack, [found.get("deadLetterConfig") for found in inside.values()])
    destinations = list(_destinations(stack, resources))
    permissions = _Permissions(stack, resources)
    return [
        Caller(
            function,
            endpoints_called(
                permissions.of(_logical_id(role), function),
                [*destinations, *_texts_and_references(letter, "targetArn")],
            ),
        )
        for function, role, letter in zip(inside, roles, letters, strict=True)
    ]


def endpoints_in(vpc: ec2.IVpc, stack: cdk.Stack, resources: Sequence[IConstruct]) -> set[str]:
    """The names of the endpoints that the application defines in a VPC, by whichever construct."""
    vpc_id = vpc.vpc_id
    made = [
        each.service_name
        for each in resources
        if isinstance(each, ec2.CfnVPCEndpoint) and each.vpc_id == vpc_id
    ]
    return {_last_part(name) for name in stack.resolve(made)}


class _Permissions:
    """What the roles of an application allow, found by a role's logical name."""

    def __init__(self, stack: cdk.Stack, resources: Sequence[IConstruct]) -> None:
        policies = [each for each in resources if isinstance(each, (iam.CfnPolicy, iam.CfnManagedPolicy))]
        self._stack = stack
        self._policies: dict[str, list[tuple[IConstruct, Any]]] = defaultdict(list)
        for policy, roles in zip(policies, _resolved(stack, [each.roles for each in policies]), strict=True):
            for role in roles or []:
                self._policies[_logical_id(role)].append((policy, policy.policy_document))
        for role in [each for each in resources if isinstance(each, iam.CfnRole)]:
            name = _logical_id(stack.resolve(role.ref)) if role.policies else ""
            for inline in cast("list[iam.CfnRole.PolicyProperty]", role.policies or []):
                self._policies[name].append((role, inline.policy_document))

    def of(self, role: str, function: IConstruct) -> Iterator[Mapping[str, Any]]:
        """The statements of the policies that are attached to a role of this name."""
        found = self._policies.get(role, [])
        if (
            len(found) > 1
        ):  # stacks of one class have the same names; the role is nearly always beside its function
            home = cdk.Stack.of(function)
            found = [each for each in found if cdk.Stack.of(each[0]) is home] or found
        for document in self._stack.resolve([document for _, document in found]):
            yield from document.get("Statement", [])


def _destinations(stack: cdk.Stack, resources: Sequence[IConstruct]) -> Iterator[Any]:
    """What Lambda sends the outcome of invocations to: of asynchronous ones and of event source mappings."""
    kinds = (lambda_.CfnEventInvokeConfig, lambda_.CfnEventSourceMapping)
    found = [each.destination_config for each in resources if isinstance(each, kinds)]
    for config in stack.resolve([each for each in found if each is not None]):
        for outcome in config.values():
            yield from _texts_and_references(outcome, "destination")


def _texts_and_references(holder: Mapping[str, Any] | None, key: str) -> Iterator[Any]:
    """An ARN in both forms that grants use: as it is, and with every version or object below it."""
    arn = holder.get(key) if holder else None
    if arn is not None:
        yield arn
        yield {"Fn::Join": ["", [arn, ":*"]]}


def _resolved(stack: cdk.Stack, values: Sequence[Any]) -> list[Any]:
    """Each value as a template has it; the CDK by itself drops from a list what is nothing."""
    return [each.get("value") for each in stack.resolve([{"value": value} for value in values])]


def _properties(resource: cdk.CfnResource) -> dict[str, Any]:
    return dict(resource._cfn_properties)  # noqa: SLF001 - protected; one question instead of one for each property


def _subnets(function: Mapping[str, Any]) -> set[str]:
    config = function.get("vpcConfig")
    return set(config.get("subnetIds") or ()) if isinstance(config, Mapping) else set()


def _logical_id(reference: Any) -> str:
    match reference:
        case {"Fn::GetAtt": [str(name), *_]} | {"Ref": str(name)}:
            return name
    return ""


def _last_part(service_name: Any) -> str:
    """``sns`` of ``com.amazonaws.eu-north-1.sns``, which may be a join of texts and references."""
    while isinstance(service_name, Mapping):
        parts = service_name.get("Fn::Join", ["", [""]])[1]
        service_name = parts[-1]
    name = str(service_name)
    return name.removeprefix(".") if name.startswith(".") else ".".join(name.split(".")[3:])
