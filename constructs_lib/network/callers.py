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
    inside = {
        function: properties
        for function in _functions_in_a_vpc(resources)
        if _subnets(properties := _properties(function)) & set(subnet_ids)
    }
    if not inside:
        return []
    roles = _resolved(stack, [each.get("role") for each in inside.values()])
    letters = _resolved(stack, [each.get("deadLetterConfig") for each in inside.values()])
    destinations = list(_destinations(stack, resources))
    permissions = _Permissions(stack, resources)
    return [
        Caller(
            function,
            endpoints_called(
                permissions.of(role, function),
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
        self._documents: dict[str, list[tuple[IConstruct, Any]]] = defaultdict(list)
        self._homes = _homes(resources)
        policies = {
            each: _properties(each)
            for each in resources
            if isinstance(each, (iam.CfnPolicy, iam.CfnManagedPolicy))
        }
        roles = _resolved(stack, [each.get("roles") for each in policies.values()])
        documents = _resolved(stack, [each.get("policyDocument") for each in policies.values()])
        for policy, attached, document in zip(policies, roles, documents, strict=True):
            for role in attached or []:
                self._documents[_logical_id(role)].append((policy, document))
        for role in [each for each in resources if isinstance(each, iam.CfnRole)]:
            if inline := cast("list[iam.CfnRole.PolicyProperty]", role.policies):
                found = stack.resolve([each.policy_document for each in inline])
                self._documents[_logical_id(stack.resolve(role.ref))] += [(role, each) for each in found]

    def of(self, role: Any, function: IConstruct) -> Iterator[Mapping[str, Any]]:
        """The statements of the policies that are attached to a role, which is given as a template refers to it.

        Stacks of one class have the same names; the role is nearly always in the function's stack.
        """
        found = self._documents.get(_logical_id(role), [])
        home = self._homes.get(function)
        for _, document in [each for each in found if self._homes.get(each[0]) == home] or found:
            yield from document.get("Statement", [])


def _functions_in_a_vpc(resources: Sequence[IConstruct]) -> Iterator[lambda_.CfnFunction]:
    """Leaves out by the cheapest question what is in no VPC at all; a construct comes before its resource."""
    outside = False
    for each in resources:
        if isinstance(each, lambda_.Function):
            outside = not each.is_bound_to_vpc
        elif isinstance(each, lambda_.CfnFunction):
            if not outside:
                yield each
            outside = False


def _homes(resources: Sequence[IConstruct]) -> dict[IConstruct, int]:
    """A number for each outermost stack, by what is in it.

    jsii gives another object each time it is asked for the same construct, so that these are told apart by their places:
    everything in a stack comes right after it.
    """
    homes: dict[IConstruct, int] = {}
    stacks = [place for place, each in enumerate(resources) if isinstance(each, cdk.Stack)]
    end = 0
    for place in stacks if len(stacks) > 1 else []:
        if place >= end:
            end = place + len(resources[place].node.find_all())
            homes |= dict.fromkeys(resources[place:end], place)
    return homes


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
