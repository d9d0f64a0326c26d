"""VpcAccess: isolated subnets, endpoints for what functions call, nothing else."""

import json
from collections.abc import Mapping
from contextlib import suppress
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

from constructs_lib import ConstructError, CustomRuntimeFunction, SqsTrigger, VpcAccess
from constructs_lib.errors import WrongPropError
from constructs_lib.network.errors import (
    NoRouteTableError,
    UnknownServiceError,
    UnsuitableSubnetsError,
    WrongNetworkPropError,
)
from tests.nagging import nag_findings
from tests.synthesis import FLAGS, new_app, readable, resources, statements, template

KNOWN_PLACE = cdk.Environment(account="000000000000", region="eu-north-1")


@pytest.fixture
def stack() -> cdk.Stack:
    """An empty stack with the feature flags; tests that are about more than resources ask for ``either``."""
    return cdk.Stack(new_app(), "Stack")


@pytest.fixture(params=[FLAGS, {}], ids=["flags on", "flags off"])
def either(request: pytest.FixtureRequest) -> cdk.Stack:
    """An empty stack, with the feature flags and with none."""
    return cdk.Stack(new_app(request.param), "Stack")


def function(scope: cdk.Stack, network: VpcAccess, name: str = "Function", **props: Any) -> lambda_.Function:
    """A function of the CDK's own in the network."""
    return lambda_.Function(
        scope,
        name,
        code=lambda_.Code.from_inline("-"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_13,
        vpc=network.vpc,
        vpc_subnets=network.subnets,
        security_groups=[network.security_group],
        **props,
    )


def allow(to: lambda_.Function, *actions: str) -> None:
    to.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=["*"]))


def endpoints(stack: cdk.Stack) -> dict[str, str]:
    """Each endpoint's service with its kind."""
    return {
        readable(each["ServiceName"]).rpartition(".")[2]: each["VpcEndpointType"]
        for each in resources(stack, "AWS::EC2::VPCEndpoint")
    }


def errors(stack: cdk.Stack) -> list[str]:
    # With the flag annotationsInValidationReport an error ends the synthesis, unless the CDK CLI is in charge.
    with suppress(RuntimeError):
        cdk.App.of(stack).synth()
    nodes = [construct.node for construct in stack.node.find_all()]
    return [str(each.data) for node in nodes for each in node.metadata if each.type == "aws:cdk:error"]


def imported(stack: cdk.Stack, **props: Any) -> ec2.IVpc:
    kept = {
        "isolated_subnet_ids": ["subnet-1", "subnet-2"],
        "isolated_subnet_route_table_ids": ["rtb-1", "rtb-2"],
        **props,
    }
    return ec2.Vpc.from_vpc_attributes(stack, "Theirs", vpc_id="vpc-1", availability_zones=["a", "b"], **kept)


def test_nothing_leads_out_of_a_new_vpc(either: cdk.Stack) -> None:
    VpcAccess(either, "Access")
    kinds = {each["Type"] for each in template(either)["Resources"].values()}
    assert kinds == {
        *(
            "AWS::EC2::VPC",
            "AWS::EC2::Subnet",
            "AWS::EC2::RouteTable",
            "AWS::EC2::SubnetRouteTableAssociation",
        ),
        *("AWS::EC2::SecurityGroup", "AWS::EC2::FlowLog", "AWS::Logs::LogGroup"),
        *("AWS::IAM::Role", "AWS::IAM::Policy"),
    }


def test_the_functions_reach_https_and_nobody_reaches_them(stack: cdk.Stack) -> None:
    VpcAccess(stack, "Access")
    [group] = resources(stack, "AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group
    assert [(rule["FromPort"], rule["ToPort"]) for rule in group["SecurityGroupEgress"]] == [(443, 443)]


def test_the_flow_log_writes_its_own_log_and_nothing_else(stack: cdk.Stack) -> None:
    VpcAccess(stack, "Access")
    assert statements(stack) == [
        (["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], "AccessFlowLogs.Arn")
    ]
    assert resources(stack, "AWS::Logs::LogGroup")[0]["RetentionInDays"] == 30
    [role] = resources(stack, "AWS::IAM::Role")
    assert "ManagedPolicyArns" not in role


def test_flow_logs_can_be_left_out(stack: cdk.Stack) -> None:
    VpcAccess(stack, "Access", flow_logs=False)
    assert resources(stack, "AWS::EC2::FlowLog") == []


@pytest.mark.parametrize("max_azs", [2, 3])
def test_there_are_as_many_zones_as_asked_for(max_azs: int) -> None:
    stack = cdk.Stack(new_app(), "Stack")
    VpcAccess(stack, "Access", max_azs=max_azs)
    assert len(resources(stack, "AWS::EC2::Subnet")) == 2 * max_azs


def test_where_account_and_region_are_known_nothing_is_looked_up() -> None:
    app = new_app()
    stack = cdk.Stack(app, "Stack", env=KNOWN_PLACE)
    VpcAccess(stack, "Access")
    assert "missing" not in json.loads((Path(app.synth().directory) / "manifest.json").read_text())
    zones = {json.dumps(each["AvailabilityZone"]) for each in resources(stack, "AWS::EC2::Subnet")}
    assert zones == {json.dumps({"Fn::Select": [zone, {"Fn::GetAZs": ""}]}) for zone in (0, 1)}


def subnets_by_name(**props: Any) -> dict[str, Any]:
    stack = cdk.Stack(new_app(), "Stack")
    VpcAccess(stack, "Access", **props)
    return {
        name: {key: value for key, value in each["Properties"].items() if key != "Tags"}
        for name, each in template(stack)["Resources"].items()
        if each["Type"] == "AWS::EC2::Subnet"
    }


@pytest.mark.parametrize("more", [{"nat_gateways": 1}, {"max_azs": 3}, {"max_azs": 3, "nat_gateways": 3}])
def test_more_zones_and_a_way_out_move_no_subnet(more: dict[str, int]) -> None:
    before, after = subnets_by_name(), subnets_by_name(**more)
    assert before.items() < after.items()


def test_nat_gateways_lead_the_functions_out_and_the_databases_not() -> None:
    stack = cdk.Stack(new_app(), "Stack")
    VpcAccess(stack, "Access", nat_gateways=1)
    assert len(resources(stack, "AWS::EC2::NatGateway")) == 1
    out = {
        readable(each["RouteTableId"])
        for each in resources(stack, "AWS::EC2::Route")
        if "NatGatewayId" in each
    }
    assert out == {"AccessNetworkFunctions1RouteTable", "AccessNetworkFunctions2RouteTable"}


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
    outside = lambda_.Function(
        stack,
        "Outside",
        code=lambda_.Code.from_inline("-"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_13,
    )
    allow(outside, "sns:Publish")
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


def test_nothing_is_left_for_cdk_nag(either: cdk.Stack) -> None:
    VpcAccess(either, "Access", services=["sts", "s3"])
    assert [str(finding) for finding in nag_findings(cdk.App.of(either))] == []


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
