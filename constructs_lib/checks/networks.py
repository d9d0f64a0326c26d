"""Functions in a VPC: whether what they may call can be reached from there."""

from collections.abc import Iterator, Mapping

from constructs_lib.checks.catalogue import Fault, error
from constructs_lib.checks.policies import allowed_statements
from constructs_lib.checks.queues import MAPPING
from constructs_lib.checks.resources import Application, Reference, Resource, text_of
from constructs_lib.checks.values import items, listed
from constructs_lib.network.services import endpoints_called

_SUBNET, _GATEWAY = "AWS::EC2::Subnet", "AWS::EC2::InternetGateway"
# Where a route may lead that goes on to an AWS service. An internet gateway does not: functions have no public address.
_WAYS_OUT = (
    "NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "InstanceId", "NetworkInterfaceId", "VpcEndpointId",
    "CarrierGatewayId", "LocalGatewayId", "CoreNetworkArn", "EgressOnlyInternetGatewayId",
)  # fmt: skip
_UNKNOWN = ""


@error("THAW174", fix="add an endpoint for the service to the VPC, or take the permission away")
def no_route_to_service(application: Application) -> Iterator[Fault]:
    """The function may call a service that its VPC has neither an endpoint nor a NAT for: the call hangs until it times out."""
    for function in application.functions:
        vpc, role = _isolated_in(application, function), application.target(function, "Role")
        if vpc is None or role is None:
            continue
        endpoints = application.once(_endpoints).get(vpc, set())
        missing = sorted(_called(application, function, role) - endpoints)
        if missing and _UNKNOWN not in endpoints:
            yield Fault(
                function,
                f"cannot reach what its role lets it call: {vpc} has neither an endpoint for it nor a NAT",
                ", ".join(missing),
                f"services with an endpoint in the VPC: {', '.join(sorted(endpoints)) or 'none'}",
                "VpcConfig",
                f"add an endpoint for {', '.join(missing)} to the VPC, or take the permission away",
            )


def _isolated_in(application: Application, function: Resource) -> Resource | None:
    """The VPC of a function that can reach nothing beyond it, where that is certain."""
    subnets = _subnets(application, function)
    vpcs = {application.target(subnet, "VpcId") for subnet in subnets}
    if len(vpcs) != 1 or any(_has_way_out(application, subnet) for subnet in subnets):
        return None
    return vpcs.pop()


def _subnets(application: Application, function: Resource) -> list[Resource]:
    """The function's subnets where all of them are known, else none."""
    references = [
        application.refer(function.stack, subnet) for subnet in items(function.get("VpcConfig", "SubnetIds"))
    ]
    found = [each.resource for each in references if each is not None and each.resource.kind == _SUBNET]
    return found if len(found) == len(references) else []


def _has_way_out(application: Application, subnet: Resource) -> bool:
    tables = application.once(_tables).get(subnet, ())
    routes = application.once(_routes)
    return any(_leads_out(application, route) for table in tables for route in routes.get(table, ()))


def _leads_out(application: Application, route: Resource) -> bool:
    if any(route.get(name) is not None for name in _WAYS_OUT):
        return True
    gateway = application.target(route, "GatewayId")
    return gateway is None or gateway.kind != _GATEWAY


def _tables(application: Application) -> Mapping[Resource, list[Resource]]:
    """The route tables of each subnet."""
    found: dict[Resource, list[Resource]] = {}
    for each in application.of("AWS::EC2::SubnetRouteTableAssociation"):
        subnet, table = application.target(each, "SubnetId"), application.target(each, "RouteTableId")
        if subnet is not None and table is not None:
            found.setdefault(subnet, []).append(table)
    return found


def _routes(application: Application) -> Mapping[Resource, list[Resource]]:
    """The routes of each route table."""
    found: dict[Resource, list[Resource]] = {}
    for route in application.of("AWS::EC2::Route"):
        table = application.target(route, "RouteTableId")
        if table is not None:
            found.setdefault(table, []).append(route)
    return found


def _endpoints(application: Application) -> Mapping[Resource, set[str]]:
    """The services that each VPC has endpoints for, an empty name for one that is not known."""
    found: dict[Resource, set[str]] = {}
    for endpoint in application.of("AWS::EC2::VPCEndpoint"):
        vpc = application.target(endpoint, "VpcId")
        if vpc is not None:
            found.setdefault(vpc, set()).add(_service(text_of(endpoint, "ServiceName")))
    return found


def _service(name: str) -> str:
    """``s3`` of ``com.amazonaws.eu-north-1.s3``, whose region may be a reference; empty where it is not known."""
    return ".".join(name.split(".")[3:])


def _called(application: Application, function: Resource, role: Resource) -> set[str]:
    """The endpoints that the function's own code may call."""
    statements = [
        {
            "Effect": "Allow",
            "Action": [action for action in listed(statement.get("Action")) if isinstance(action, str)],
            # In another stack the same resource has another form.
            "Resource": [application.refer(stack, each) for each in listed(statement.get("Resource"))],
        }
        for stack, statement in allowed_statements(application, role)
    ]
    return endpoints_called(statements, _used_by_lambda(application, function))


def _used_by_lambda(application: Application, function: Resource) -> Iterator[Reference]:
    """What Lambda reads from and sends to on the function's behalf, from outside of the VPC."""
    places: list[tuple[Resource, tuple[str, ...]]] = [(function, ("DeadLetterConfig", "TargetArn"))]
    for each in application.once(_configurations).get(function, ()):
        places += [
            (each, ("EventSourceArn",)),
            (each, ("DestinationConfig", "OnFailure", "Destination")),
            (each, ("DestinationConfig", "OnSuccess", "Destination")),
        ]
    for resource, names in places:
        reference = application.refer(resource.stack, resource.get(*names))
        if reference is not None:
            yield reference


def _configurations(application: Application) -> Mapping[Resource, list[Resource]]:
    """The event source mappings and the asynchronous settings of each function."""
    found: dict[Resource, list[Resource]] = {}
    for each in application.of(MAPPING, "AWS::Lambda::EventInvokeConfig"):
        function = application.function(each.stack, each.get("FunctionName"))
        if function is not None:
            found.setdefault(function, []).append(each)
    return found
