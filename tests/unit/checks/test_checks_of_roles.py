"""What roles let functions do: logs, and calls out of a VPC."""

from typing import Any

import pytest
from cloudformation import arn, found, function, ids, mapping, queue, resource

ROLE, POLICY, GROUP = "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::Logs::LogGroup"
MANAGED = {
    "Fn::Join": [
        "",
        ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
    ]
}


def policy(action: object, on: object, effect: str = "Allow") -> dict[str, Any]:
    statement = {"Effect": effect, "Action": action, "Resource": on}
    return resource(POLICY, {"Roles": [{"Ref": "Role"}], "PolicyDocument": {"Statement": [statement]}})


def with_role(role: dict[str, Any], **others: Any) -> list[tuple[str, str]]:
    return ids({"Function": function(Role=arn("Role")), "Role": resource(ROLE, role), **others})


def test_a_managed_policy_lets_a_function_write_any_log() -> None:
    assert with_role({"ManagedPolicyArns": [MANAGED]}) == [("THAW171", "Role")]


@pytest.mark.parametrize(
    ("action", "on", "faults"),
    [
        ("logs:*", "*", 1),
        (["logs:PutLogEvents"], ["*"], 1),
        ("logs:CreateLogGroup", "arn:aws:logs:*:*:*", 1),
        ("logs:DescribeLogGroups", "*", 0),
        (["logs:CreateLogStream", "logs:PutLogEvents"], {"Fn::GetAtt": ["Group", "Arn"]}, 0),
    ],
)
def test_a_policy_may_name_one_log_group(action: object, on: object, faults: int) -> None:
    assert with_role({}, Policy=policy(action, on)) == [("THAW171", "Role")] * faults


def test_a_role_of_nothing_that_is_a_function_is_not_looked_at() -> None:
    assert ids({"Role": resource(ROLE, {"ManagedPolicyArns": [MANAGED]})}) == []


def test_a_log_group_needs_a_retention() -> None:
    assert ids({"Group": resource(GROUP, {})}) == [("THAW172", "Group")]


@pytest.mark.parametrize(
    "name", [{"Fn::Join": ["", ["/aws/lambda/", {"Ref": "Function"}]]}, "/aws/lambda/worker"]
)
def test_a_log_group_of_the_functions_name_is_its_own(name: object) -> None:
    group = resource(GROUP, {"LogGroupName": name, "RetentionInDays": 30})
    unsaid = function(LoggingConfig=None, FunctionName="worker")
    assert ids({"Function": unsaid, "Group": group}) == []


def test_a_function_without_a_log_group_is_warned_of() -> None:
    assert ids({"Function": function(LoggingConfig=None)}) == [("THAW173", "Function")]


NETWORK = {
    "Vpc": resource("AWS::EC2::VPC", {}),
    "Subnet": resource("AWS::EC2::Subnet", {"VpcId": {"Ref": "Vpc"}}),
    "Table": resource("AWS::EC2::RouteTable", {"VpcId": {"Ref": "Vpc"}}),
    "Association": resource(
        "AWS::EC2::SubnetRouteTableAssociation",
        {"SubnetId": {"Ref": "Subnet"}, "RouteTableId": {"Ref": "Table"}},
    ),
    "Gateway": resource("AWS::EC2::InternetGateway", {}),
    "Role": resource(ROLE, {}),
}
INSIDE = {"Role": arn("Role"), "VpcConfig": {"SubnetIds": [{"Ref": "Subnet"}]}}
READS_S3 = policy("s3:GetObject", "*")


def route(**target: Any) -> dict[str, Any]:
    return resource(
        "AWS::EC2::Route", {"RouteTableId": {"Ref": "Table"}, "DestinationCidrBlock": "0.0.0.0/0", **target}
    )


def endpoint(service: object) -> dict[str, Any]:
    return resource("AWS::EC2::VPCEndpoint", {"VpcId": {"Ref": "Vpc"}, "ServiceName": service})


def in_network(**others: Any) -> list[tuple[str, str]]:
    return ids({"Function": function(**INSIDE), **NETWORK, **others})


def test_a_call_from_an_isolated_subnet_gets_nowhere() -> None:
    resources = {"Function": function(**INSIDE), **NETWORK, "Policy": READS_S3}
    [finding] = found(resources)
    assert (finding.id, finding.received, finding.allowed) == (
        "THAW174",
        "s3",
        "services with an endpoint in the VPC: none",
    )


@pytest.mark.parametrize(
    "service",
    [
        "com.amazonaws.eu-north-1.s3",
        {"Fn::Join": ["", ["com.amazonaws.", {"Ref": "AWS::Region"}, ".s3"]]},
        {"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
        {"Ref": "AnyService"},
    ],
)
def test_an_endpoint_leads_to_its_service(service: object) -> None:
    assert in_network(Policy=READS_S3, Endpoint=endpoint(service)) == []


def test_an_endpoint_leads_to_no_other_service() -> None:
    other = endpoint("com.amazonaws.eu-north-1.dynamodb")
    assert in_network(Policy=READS_S3, Endpoint=other) == [("THAW174", "Function")]


@pytest.mark.parametrize("target", [{"NatGatewayId": {"Ref": "Nat"}}, {"GatewayId": {"Ref": "Unknown"}}])
def test_a_route_leads_everywhere(target: dict[str, Any]) -> None:
    assert in_network(Policy=READS_S3, Route=route(**target)) == []


def test_an_internet_gateway_is_of_no_use_to_a_function() -> None:
    gateway = route(GatewayId={"Ref": "Gateway"})
    assert in_network(Policy=READS_S3, Route=gateway) == [("THAW174", "Function")]


@pytest.mark.parametrize(
    "harmless",
    [
        policy("s3:GetObject", "*", effect="Deny"),
        policy(["logs:PutLogEvents", "xray:PutTraceSegments", "ec2:CreateNetworkInterface"], {"Ref": "Any"}),
        policy("rds-db:connect", {"Ref": "Any"}),
    ],
)
def test_what_is_not_called_from_inside_needs_no_endpoint(harmless: dict[str, Any]) -> None:
    assert in_network(Policy=harmless) == []


def test_what_lambda_sends_and_polls_needs_no_endpoint() -> None:
    inside = function(**INSIDE, DeadLetterConfig={"TargetArn": arn("Letters")})
    resources = {
        **NETWORK,
        "Function": inside,
        "Letters": queue(),
        "Queue": queue(),
        "Mapping": mapping(),
        "Sends": policy("sqs:SendMessage", arn("Letters")),
        "Polls": policy(["sqs:ReceiveMessage", "sqs:DeleteMessage"], arn("Queue")),
    }
    assert ids(resources) == []


def test_a_network_that_is_imported_is_not_judged() -> None:
    abroad = function(Role=arn("Role"), VpcConfig={"SubnetIds": ["subnet-1"]})
    assert ids({**NETWORK, "Function": abroad, "Policy": READS_S3}) == []
