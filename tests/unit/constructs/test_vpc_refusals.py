"""VpcAccess: a network that could not work is refused."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from networks import imported

from constructs_lib import ConstructError, VpcAccess
from constructs_lib.errors import WrongPropError
from constructs_lib.network.errors import (
    NoRouteTableError,
    UnknownServiceError,
    UnsuitableSubnetsError,
    WrongNetworkPropError,
)
from tests.synthesis import new_app

WRONG = {
    "a service that is not one": ({"services": ["secretmanager"]}, UnknownServiceError, "secretsmanager"),
    "a service that is not a text": ({"services": [7]}, UnknownServiceError, "received: 7"),
    "one zone": ({"max_azs": 1}, WrongNetworkPropError, "2 to 3"),
    "four zones": ({"max_azs": 4}, WrongNetworkPropError, "2 to 3"),
    "more gateways than zones": ({"nat_gateways": 3}, WrongNetworkPropError, "0 to 2"),
    "a gateway as a flag": ({"nat_gateways": True}, WrongNetworkPropError, "received: True"),
    "a network that is too small": ({"cidr": "10.0.0.0/24"}, WrongNetworkPropError, "/16 to /20"),
    "a network with host bits": ({"cidr": "10.0.0.1/16"}, WrongNetworkPropError, "/16 to /20"),
    "a network of another kind": ({"cidr": "fd00::/16"}, WrongNetworkPropError, "/16 to /20"),
    "flow logs in quotes": ({"flow_logs": "no"}, WrongPropError, "bool"),
    "endpoints in quotes": ({"make_endpoints": "no"}, WrongPropError, "bool"),
    "one service for several": ({"reachable": "s3"}, WrongPropError, "write ['s3']"),
    "subnets of no VPC": ({"subnets": ec2.SubnetSelection()}, WrongNetworkPropError, "without vpc"),
}


@pytest.mark.parametrize(("props", "kind", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_work_is_refused(props: dict[str, Any], kind: type[ConstructError], words: str) -> None:
    stack = cdk.Stack(new_app(), "Stack")
    with pytest.raises(kind) as caught:
        VpcAccess(stack, "Access", **props)
    assert words in str(caught.value)
    assert "Stack/Access" in str(caught.value)


def test_props_of_a_new_vpc_are_refused_beside_another() -> None:
    stack = cdk.Stack(new_app(), "Stack")
    with pytest.raises(WrongNetworkPropError, match="max_azs, flow_logs"):
        VpcAccess(stack, "Access", vpc=imported(stack), max_azs=2, flow_logs=True)


@pytest.mark.parametrize(
    "subnets",
    [
        ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
        ec2.SubnetSelection(subnet_group_name="Nowhere"),
        ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
    ],
    ids=["public", "unknown", "none of the type"],
)
def test_subnets_that_lead_nowhere_are_refused(subnets: ec2.SubnetSelection) -> None:
    stack = cdk.Stack(new_app(), "Stack")
    vpc = imported(stack, public_subnet_ids=["subnet-3", "subnet-4"])
    with pytest.raises(UnsuitableSubnetsError):
        VpcAccess(stack, "Access", vpc=vpc, subnets=subnets)


def test_a_vpc_with_public_subnets_only_is_refused() -> None:
    stack = cdk.Stack(new_app(), "Stack")
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", availability_zones=["a"], public_subnet_ids=["subnet-1"]
    )
    with pytest.raises(UnsuitableSubnetsError, match="public subnets only"):
        VpcAccess(stack, "Access", vpc=vpc)


def test_a_gateway_needs_the_route_tables_of_an_imported_vpc() -> None:
    stack = cdk.Stack(new_app(), "Stack")
    vpc = imported(stack, isolated_subnet_route_table_ids=None)
    with pytest.raises(NoRouteTableError, match="isolated_subnet_route_table_ids"):
        VpcAccess(stack, "Access", vpc=vpc, services=["s3"])
