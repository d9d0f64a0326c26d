"""Networks to put functions in."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from plain_functions import plain_function

from constructs_lib import VpcAccess
from tests.synthesis import readable, resources

KNOWN_PLACE = cdk.Environment(account="000000000000", region="eu-north-1")


def function(scope: cdk.Stack, network: VpcAccess, **props: Any) -> lambda_.Function:
    """A function of the CDK's own in the network."""
    return plain_function(
        scope,
        vpc=network.vpc,
        vpc_subnets=network.subnets,
        security_groups=[network.security_group],
        **props,
    )


def allow(to: lambda_.Function, *actions: str) -> None:
    """Lets a function call services."""
    to.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=["*"]))


def endpoints(stack: cdk.Stack) -> dict[str, str]:
    """Each endpoint's service with its kind."""
    return {
        readable(each["ServiceName"]).rpartition(".")[2]: each["VpcEndpointType"]
        for each in resources(stack, "AWS::EC2::VPCEndpoint")
    }


def imported(stack: cdk.Stack, **props: Any) -> ec2.IVpc:
    """A VPC of somebody else's."""
    kept = {
        "isolated_subnet_ids": ["subnet-1", "subnet-2"],
        "isolated_subnet_route_table_ids": ["rtb-1", "rtb-2"],
        **props,
    }
    return ec2.Vpc.from_vpc_attributes(stack, "Theirs", vpc_id="vpc-1", availability_zones=["a", "b"], **kept)
