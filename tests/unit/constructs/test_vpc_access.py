"""VpcAccess: isolated subnets, and nothing that leads out of them unless it is asked for."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from networks import KNOWN_PLACE

from constructs_lib import VpcAccess
from tests.nagging import nag_findings
from tests.synthesis import FLAGS, new_app, readable, resources, statements, template


@pytest.fixture
def stack() -> cdk.Stack:
    """An empty stack with the feature flags; tests that are about more than resources ask for ``either``."""
    return cdk.Stack(new_app(), "Stack")


@pytest.fixture(params=[FLAGS, {}], ids=["flags on", "flags off"])
def either(request: pytest.FixtureRequest) -> cdk.Stack:
    """An empty stack, with the feature flags and with none."""
    return cdk.Stack(new_app(request.param), "Stack")


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


def test_nothing_is_left_for_cdk_nag(either: cdk.Stack) -> None:
    VpcAccess(either, "Access", services=["sts", "s3"])
    assert [str(finding) for finding in nag_findings(cdk.App.of(either))] == []
