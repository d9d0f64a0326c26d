"""No template makes a check fail: templates may be written by hand, and hold anything anywhere."""

import copy
from collections.abc import Iterator
from typing import Any

from cloudformation import arn, function, mapping, queue, resource
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.checks import CHECKS, Finding, Stack, check, check_together

# Something for every check to look at, so that what is spoilt below is looked at.
RESOURCES = {
    "Function": function(
        Architectures=["arm64"],
        Role=arn("Role"),
        Runtime="java8",
        MemorySize=64,
        Layers=[{"Ref": "Layer"}] * 6,
        SnapStart={"ApplyOn": "PublishedVersions"},
        EphemeralStorage={"Size": 1024},
        Environment={"Variables": {"AWS_REGION": {"Fn::Join": [",", ["a", {"Ref": "Queue"}]]}, "BIG": "x" * 5000}},
        ReservedConcurrentExecutions=0,
        VpcConfig={"SubnetIds": [{"Ref": "Subnet"}]},
        DeadLetterConfig=None,
        LoggingConfig=None,
        Code={"S3Bucket": "assets", "S3Key": "code.zip"},
    ),
    "Layer": resource("AWS::Lambda::LayerVersion", {"CompatibleArchitectures": ["x86_64"]}),
    "Alias": resource(
        "AWS::Lambda::Alias",
        {"FunctionName": {"Ref": "Function"}, "FunctionVersion": "$LATEST", "ProvisionedConcurrencyConfig": {}},
    ),
    "Version": resource("AWS::Lambda::Version", {"FunctionName": {"Ref": "Other"}}),
    "Other": function(Runtime="provided.al2", DeadLetterConfig={"TargetArn": arn("Queue")}),
    "Queue": queue(VisibilityTimeout=25, FifoQueue=True, QueueName="orders", RedrivePolicy=None),
    "Letters": queue(RedrivePolicy={"deadLetterTargetArn": arn("Queue")}),
    "Mapping": mapping(FunctionName={"Ref": "Alias"}, BatchSize=11, FunctionResponseTypes=None),
    "Table": resource("AWS::DynamoDB::Table", {}),
    "Stream": mapping(EventSourceArn={"Fn::GetAtt": "Table.StreamArn"}),
    "Config": resource(
        "AWS::Lambda::EventInvokeConfig",
        {"FunctionName": {"Ref": "Other"}, "DestinationConfig": {"OnFailure": {"Destination": arn("Queue")}}},
    ),
    "Permission": resource("AWS::Lambda::Permission", {"FunctionName": arn("Function"), "Principal": "sns.amazonaws.com"}),
    "Schedule": resource("AWS::Scheduler::Schedule", {"Target": {"Arn": arn("Function")}}),
    "Url": resource("AWS::Lambda::Url", {"AuthType": "NONE"}),
    "Integration": resource("AWS::ApiGatewayV2::Integration", {"IntegrationUri": arn("Function"), "TimeoutInMillis": 9}),
    "Method": resource(
        "AWS::ApiGateway::Method", {"Integration": {"Uri": {"Fn::Join": ["", ["arn:", arn("Function")]]}}}
    ),
    "Role": resource(
        "AWS::IAM::Role",
        {"Policies": [{"PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}}}]},
    ),
    "Policy": resource(
        "AWS::IAM::Policy",
        {
            "Roles": [{"Ref": "Role"}],
            "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": [arn("Queue"), "*"]}]},
        },
    ),
    "Group": resource("AWS::Logs::LogGroup", {"LogGroupName": {"Fn::Sub": ["/aws/lambda/${Name}", {}]}}),
    "Vpc": resource("AWS::EC2::VPC", {}),
    "Subnet": resource("AWS::EC2::Subnet", {"VpcId": {"Ref": "Vpc"}}),
    "Routes": resource("AWS::EC2::SubnetRouteTableAssociation", {"SubnetId": {"Ref": "Subnet"}, "RouteTableId": {"Ref": "Vpc"}}),
    "Route": resource("AWS::EC2::Route", {"RouteTableId": {"Ref": "Vpc"}, "GatewayId": {"Ref": "Gateway"}}),
    "Gateway": resource("AWS::EC2::InternetGateway", {}),
    "Endpoint": resource("AWS::EC2::VPCEndpoint", {"VpcId": {"Ref": "Vpc"}, "ServiceName": "com.amazonaws.eu-north-1.sqs"}),
    "Nested": resource("AWS::CloudFormation::Stack", {"Parameters": {"Given": arn("Queue")}, "TemplateURL": "https://x/y"}),
}  # fmt: skip
TEMPLATE = {
    "Resources": RESOURCES,
    "Outputs": {"Out": {"Value": arn("Queue"), "Export": {"Name": "exported"}}},
}
INTRINSICS = ["Ref", "Fn::GetAtt", "Fn::Join", "Fn::Sub", "Fn::If", "Fn::GetStackOutput", "Fn::ImportValue"]

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from([*RESOURCES, "Given", "exported", "*", "", "-1", "true"])
    | st.text(max_size=5)
    | st.sampled_from(["\ud800", "9" * 5000, "²"])  # half of a pair, too long for int(), a digit that is none
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(INTRINSICS) | st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=6,
)
intrinsics = st.sampled_from(list(RESOURCES)).flatmap(
    lambda name: st.sampled_from(
        [
            {"Ref": name},
            {"Fn::GetAtt": [name, "Arn"]},
            {"Fn::GetAtt": ["Nested", f"Outputs.{name}"]},
            {"Fn::ImportValue": "exported"},
            {"Fn::GetStackOutput": {"StackName": "main", "OutputName": "Out"}},
            {"Fn::If": ["Condition", {"Ref": name}, {"Ref": "AWS::NoValue"}]},
        ]
    )
)


def places(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """Every place in a nested value, but the whole of it."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield (*path, key)
        yield from places(part, *path, key)


def holds(value: Any, key: Any) -> bool:
    """Whether a place is still there after what was put into others."""
    return key in value if isinstance(value, dict) else isinstance(value, list) and key in range(len(value))


PLACES = list(places(TEMPLATE))


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """The template with anything at all in up to six places."""
    template: dict[str, Any] = copy.deepcopy(TEMPLATE)
    for *path, last in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=6)):
        part: Any = template
        for key in path:
            part = part[key] if holds(part, key) else None
        if holds(part, last):
            part[last] = draw(values | intrinsics)
    return template


def assert_presentable(findings: list[Finding]) -> None:
    assert all(each.id in CHECKS and each.path and each.what and each.change for each in findings)
    assert all(str(each).encode(errors="replace") for each in findings)


def test_the_template_has_something_for_every_check_of_templates() -> None:
    # Where THAW162 is found; of files; of no template.
    elsewhere = {"THAW161", "THAW175", "THAW176", "THAW179"}
    assert {each.id for each in check(TEMPLATE)} == set(CHECKS) - elsewhere


@settings(max_examples=300)
@given(spoilt())
def test_no_template_makes_a_check_fail(template: dict[str, Any]) -> None:
    assert_presentable(list(check(template)))


@settings(max_examples=100)
@given(spoilt(), values)
def test_no_stacks_that_refer_to_each_other_make_a_check_fail(template: dict[str, Any], other: Any) -> None:
    parent = Stack("main", template)
    inner = Stack("main/Nested", TEMPLATE, parent=("Nested", parent))
    assert_presentable(
        list(check_together([parent, inner, Stack("other", {"Resources": other, "Outputs": other})]))
    )


@settings(max_examples=100)
@given(values)
def test_something_that_is_no_template_has_no_faults(value: Any) -> None:
    assert list(check({"Resources": value, "Outputs": value})) == []
