"""VpcAccess: what functions may call has a way to it, and nothing else has one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from networks import KNOWN_PLACE, allow, endpoints, function, imported
from plain_functions import plain_function
from synthesis_errors import errors

from constructs_lib import CustomRuntimeFunction, SqsTrigger, VpcAccess
from tests.synthesis import FLAGS, new_app, resources


@pytest.fixture
def stack() -> cdk.Stack:
    """An empty stack with the feature flags; tests that are about more than resources ask for ``either``."""
    return cdk.Stack(new_app(), "Stack")


@pytest.fixture(params=[FLAGS, {}], ids=["flags on", "flags off"])
def either(request: pytest.FixtureRequest) -> cdk.Stack:
    """An empty stack, with the feature flags and with none."""
    return cdk.Stack(new_app(request.param), "Stack")


def test_what_functions_call_gets_an_endpoint(either: cdk.Stack) -> None:
    network = VpcAccess(either, "Access")
    caller = function(either, network)
    s3.Bucket(either, "Bucket").grant_read(caller)
    secretsmanager.Secret(either, "Secret").grant_read(caller)
    allow(caller, "sns:Publish", "kms:Decrypt")
    assert endpoints(either) == {"s3": "Gateway", "secretsmanager": "Interface", "sns": "Interface"}


def test_functions_of_this_library_are_read_the_same_way(either: cdk.Stack, source: Path) -> None:
    network = VpcAccess(either, "Access")
    caller = CustomRuntimeFunction(
        either,
        "Hello",
        source=source,
        handler="handler.handle",
        network=network,
        tracing=lambda_.Tracing.ACTIVE,
    )
    SqsTrigger(
        either,
        "Trigger",
        function=caller,
        queue=sqs.Queue(either, "Queue", visibility_timeout=cdk.Duration.minutes(3)),
    )
    assert endpoints(either) == {}
    assert errors(either) == []


def test_destinations_need_no_endpoint(stack: cdk.Stack) -> None:
    network = VpcAccess(stack, "Access")
    queue = sqs.Queue(stack, "Queue")
    function(stack, network, on_failure=destinations.SqsDestination(queue))
    assert endpoints(stack) == {}


def test_the_functions_may_be_in_other_stacks_and_depend_on_the_network_alone() -> None:
    app = new_app()
    network_stack, service = (cdk.Stack(app, name, env=KNOWN_PLACE) for name in ("Network", "Service"))
    network = VpcAccess(network_stack, "Access")
    caller = function(service, network)
    dynamodb.Table(
        service,
        "Table",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
    ).grant_read_data(caller)
    assert endpoints(network_stack) == {"dynamodb": "Gateway"}
    assert service.dependencies == [network_stack]
    assert network_stack.dependencies == []


def test_two_applications_of_one_class_have_the_endpoints_of_their_own_functions() -> None:
    app = new_app()
    found = []
    for name, action in (("Dev", "sns:Publish"), ("Prod", "ssm:GetParameter")):
        stack = cdk.Stack(app, name)
        allow(function(stack, VpcAccess(stack, "Access")), action)
        found.append(stack)
    assert [endpoints(stack) for stack in found] == [{"sns": "Interface"}, {"ssm": "Interface"}]


def test_functions_outside_of_the_vpc_do_not_count(stack: cdk.Stack) -> None:
    VpcAccess(stack, "Access")
    allow(plain_function(stack, "Outside"), "sns:Publish")
    assert endpoints(stack) == {}


def test_inline_policies_of_a_role_count(stack: cdk.Stack) -> None:
    network = VpcAccess(stack, "Access")
    statement = iam.PolicyStatement(actions=["ssm:GetParameter"], resources=["*"])
    role = iam.Role(
        stack,
        "Role",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        inline_policies={"Parameters": iam.PolicyDocument(statements=[statement])},
    )
    function(stack, network, role=role)
    assert endpoints(stack) == {"ssm": "Interface"}


def test_services_that_no_permission_shows_can_be_named(stack: cdk.Stack) -> None:
    VpcAccess(stack, "Access", services=["sts", "kinesis", "s3"])
    assert endpoints(stack) == {"sts": "Interface", "kinesis-streams": "Interface", "s3": "Gateway"}


def test_interfaces_answer_by_the_services_own_names_to_the_vpc_alone(stack: cdk.Stack) -> None:
    VpcAccess(stack, "Access", cidr="10.7.0.0/20", services=["sts"])
    [endpoint] = resources(stack, "AWS::EC2::VPCEndpoint")
    assert endpoint["PrivateDnsEnabled"] is True
    assert len(endpoint["SubnetIds"]) == 2
    [group] = [each for each in resources(stack, "AWS::EC2::SecurityGroup") if "SecurityGroupIngress" in each]
    assert [(rule["CidrIp"], rule["FromPort"]) for rule in group["SecurityGroupIngress"]] == [
        ("10.7.0.0/20", 443)
    ]


def test_over_nat_only_free_endpoints_are_made(stack: cdk.Stack) -> None:
    network = VpcAccess(stack, "Access", nat_gateways=1)
    allow(function(stack, network), "s3:GetObject", "sns:Publish")
    assert endpoints(stack) == {"s3": "Gateway"}
    assert errors(stack) == []


def test_a_call_that_nothing_leads_to_is_an_error_at_the_function(either: cdk.Stack) -> None:
    network = VpcAccess(either, "Access", vpc=imported(either))
    allow(function(either, network), "sns:Publish", "s3:GetObject")
    [error] = errors(either)
    assert error.startswith("THAW121: Stack/Function may call services that nothing leads to")
    assert "received: s3, sns" in error
    assert 'services=["s3", "sns"]' in error


def test_an_action_of_a_service_without_an_endpoint_is_an_error_too(stack: cdk.Stack) -> None:
    allow(function(stack, VpcAccess(stack, "Access")), "nothing:Known")
    [error] = errors(stack)
    assert "received: nothing" in error
    assert "nat_gateways=1" in error


def test_what_has_no_endpoint_can_be_said_to_be_reachable(stack: cdk.Stack) -> None:
    allow(function(stack, VpcAccess(stack, "Access", reachable=["nothing"])), "nothing:Known")
    assert errors(stack) == []


@pytest.mark.parametrize(
    "props", [{"make_endpoints": True}, {"services": ["sns"]}, {"reachable": ["sns"]}], ids=str
)
def test_three_ways_lead_to_a_service_in_an_existing_vpc(stack: cdk.Stack, props: Mapping[str, Any]) -> None:
    network = VpcAccess(stack, "Access", vpc=imported(stack), **props)
    allow(function(stack, network), "sns:Publish")
    assert errors(stack) == []


def test_endpoints_that_the_application_makes_itself_are_seen(stack: cdk.Stack) -> None:
    vpc = imported(stack, vpc_cidr_block="10.0.0.0/16")
    vpc.add_interface_endpoint("Sns", service=ec2.InterfaceVpcEndpointAwsService.SNS)
    allow(function(stack, VpcAccess(stack, "Access", vpc=vpc)), "sns:Publish")
    assert errors(stack) == []


def test_a_second_access_shares_the_endpoints_of_the_vpcs_owner(stack: cdk.Stack) -> None:
    owner = VpcAccess(stack, "Owner")
    guest = VpcAccess(stack, "Guest", vpc=owner.vpc, subnets=owner.subnets)
    allow(function(stack, guest), "sns:Publish")
    assert endpoints(stack) == {"sns": "Interface"}
    assert errors(stack) == []


def test_private_subnets_with_a_way_out_need_no_endpoint(stack: cdk.Stack) -> None:
    vpc = imported(
        stack,
        isolated_subnet_ids=None,
        isolated_subnet_route_table_ids=None,
        private_subnet_ids=["subnet-1", "subnet-2"],
    )
    allow(function(stack, VpcAccess(stack, "Access", vpc=vpc)), "sns:Publish")
    assert errors(stack) == []
