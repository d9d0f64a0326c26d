"""The endpoints of a VPC: made for what functions call, and a check that nothing is out of reach."""

from collections.abc import Collection
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import Enum
from typing import cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IConstruct

from constructs_lib import asked_once
from constructs_lib.network.callers import Caller, callers_in, endpoints_in
from constructs_lib.network.errors import NoRouteTableError, UnknownServiceError, UnreachableServiceError
from constructs_lib.network.services import GATEWAYS, INTERFACES, endpoint_of
from constructs_lib.network.subnets import select

HTTPS = 443


class Derive(Enum):
    """Which endpoints are made for what functions call, besides those that are asked for by name."""

    ALL = "all"
    GATEWAYS = "gateways"
    NONE = "none"


@dataclass(frozen=True)
class Plan:
    """What becomes of the calls that leave a function's subnets.

    Attributes:
        path: of the construct that a user gave the props to.
        vpc: the network.
        subnets: of the functions, where the endpoints get their interfaces.
        source: who may use the interfaces.
        derive: which endpoints are made for what functions call.
        isolated: whether nothing else leads out of the subnets.
        services: endpoints that are made in any case.
        reachable: endpoints that exist already.
    """

    path: object
    vpc: ec2.IVpc
    subnets: ec2.SubnetSelection
    source: ec2.IPeer
    derive: Derive
    isolated: bool
    services: Collection[str] = field(default=())
    reachable: Collection[str] = field(default=())


class Endpoints(Construct):
    """Completes itself at the beginning of a synthesis, when every function and permission is known.

    It does so by an aspect on itself, which costs a message for itself and for each endpoint; an aspect on the
    application would cost one for each of its constructs.
    """

    def __init__(self, scope: Construct, id: str, *, plan: Plan) -> None:  # noqa: A002 - the CDK's word
        super().__init__(scope, id)
        self._plan = plan
        self._made: set[str] = set()
        self._security_group: ec2.SecurityGroup | None = None
        for name in sorted(set(plan.services)):
            self._make(name)
        cdk.Aspects.of(self).add(_AtSynthesis(self))

    def complete(self) -> None:
        """Makes what functions call, and adds an error to each function that calls what nothing leads to."""
        plan, stack = self._plan, asked_once.stack_of(self)
        resources = cast("cdk.Stage", cdk.Stage.of(self)).node.find_all()
        subnets = select(plan.path, plan.vpc, plan.subnets)
        callers = callers_in(subnets.subnet_ids, stack, resources)
        there = {*plan.reachable, *endpoints_in(plan.vpc, stack, resources)}
        called = set().union(*(caller.endpoints for caller in callers))
        for name in sorted(called - there):
            if self._is_derived(name):
                self._make(name)
        if plan.isolated:
            for caller in callers:
                self._refuse(caller, caller.endpoints - there - self._made)

    def _is_derived(self, name: str) -> bool:
        if name in GATEWAYS:
            return self._plan.derive is not Derive.NONE
        return self._plan.derive is Derive.ALL and is_interface(name)

    def _make(self, name: str) -> None:
        if name in self._made:
            return
        self._made.add(name)
        if name in GATEWAYS:
            self._make_gateway(name)
        else:
            ec2.InterfaceVpcEndpoint(
                self,
                name,
                vpc=self._plan.vpc,
                service=ec2.InterfaceVpcEndpointAwsService(name),
                subnets=self._plan.subnets,
                security_groups=[self._group_of_interfaces()],
                open=False,
                private_dns_enabled=True,
            )

    def _make_gateway(self, name: str) -> None:
        service = {
            "dynamodb": ec2.GatewayVpcEndpointAwsService.DYNAMODB,
            "s3": ec2.GatewayVpcEndpointAwsService.S3,
            "s3express": ec2.GatewayVpcEndpointAwsService.S3_EXPRESS,
        }[name]
        try:
            ec2.GatewayVpcEndpoint(
                self, name, vpc=self._plan.vpc, service=service, subnets=[self._plan.subnets]
            )
        except RuntimeError:
            raise NoRouteTableError(
                f"{asked_once.path_of(self)} cannot lead to {name}: the VPC's subnets do not say which route table they have",
                received=self._plan.vpc.node.path,
                allowed="a VPC with the route tables of its subnets",
                change="import the VPC with isolated_subnet_route_table_ids (or private_...), or leave the endpoint to "
                f'whoever owns the VPC and say so: reachable=["{name}"]',
            ) from None

    def _group_of_interfaces(self) -> ec2.SecurityGroup:
        if self._security_group is None:
            self._security_group = ec2.SecurityGroup(
                self,
                "SecurityGroup",
                vpc=self._plan.vpc,
                allow_all_outbound=False,
                description="Endpoints of AWS services",
            )
            self._security_group.add_ingress_rule(
                self._plan.source, ec2.Port.tcp(HTTPS), "Functions call AWS services"
            )
        return self._security_group

    def _refuse(self, caller: Caller, missing: Collection[str]) -> None:
        if not missing:
            return
        listed = ", ".join(f'"{name}"' for name in sorted(missing))
        made = (
            f"have endpoints made: services=[{listed}] of {self._plan.path}"
            if all(name in GATEWAYS or is_interface(name) for name in missing)
            else f"AWS has no endpoint of this name that is known here; give functions a way out: nat_gateways=1 of {self._plan.path}"
        )
        function = _construct_of(caller.function)
        error = UnreachableServiceError(
            f"{function.node.path} may call services that nothing leads to from its subnets; "
            "a call would hang until the function's timeout",
            received=", ".join(sorted(missing)),
            allowed="services with an endpoint in the VPC",
            change=f"{made}; or say that something leads there already: reachable=[{listed}]",
        )
        cdk.Annotations.of(function).add_error(str(error))


def _construct_of(resource: lambda_.CfnFunction) -> IConstruct:
    """The function as its user made it."""
    return resource.node.scope if resource.node.id == "Resource" and resource.node.scope else resource


@jsii.implements(cdk.IAspect)
class _AtSynthesis:
    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._done = False

    def visit(self, node: IConstruct) -> None:
        """Called by the CDK for the construct and for everything in it."""
        if not self._done and node is self._endpoints:
            self._done = True
            self._endpoints.complete()


def is_interface(name: str) -> bool:
    """Whether AWS has an interface endpoint of this name, as far as the CDK knows."""
    return name in INTERFACES or name in _known_to_the_cdk()


def endpoint_named(path: object, service: str) -> str:
    """The endpoint that a user means, whether by its own name or as IAM policies name its service.

    Raises:
        UnknownServiceError: AWS has no such endpoint.
    """
    name = endpoint_of(service) if isinstance(service, str) else ""
    if name in GATEWAYS or is_interface(name):
        return name
    known = {*GATEWAYS, *INTERFACES, *_known_to_the_cdk()}
    near = get_close_matches(str(service), known, n=1)
    raise UnknownServiceError(
        f"{path} has in services what is not an AWS service with an endpoint",
        received=repr(service),
        allowed="names as in com.amazonaws.REGION.NAME, such as secretsmanager, sqs, bedrock-runtime",
        change=f"did you mean {near[0]}?"
        if near
        else "see aws ec2 describe-vpc-endpoint-services for the names",
    )


_KNOWN: set[str] = set()


def _known_to_the_cdk() -> set[str]:
    """Every name that the CDK knows; asked for only when a name is not a usual one, because it takes half a second."""
    if not _KNOWN:
        kind = ec2.InterfaceVpcEndpointAwsService
        _KNOWN.update(getattr(kind, name).short_name for name in vars(kind) if name.isupper())
    return _KNOWN
