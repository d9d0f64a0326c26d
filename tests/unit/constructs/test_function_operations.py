"""The operational props do the same for a function of every class."""

from collections.abc import Callable
from typing import Any

import pytest

from constructs_lib import DeadLetterQueue, LayeredConfig, VpcAccess
from tests.nagging import nag_findings
from tests.synthesis import new_app, readable, resources, statements, template
from tests.unit.constructs.functions_of_each_class import CLASSES, Make

import aws_cdk as cdk  # isort: skip
from aws_cdk import assertions  # isort: skip
from aws_cdk import aws_events as events  # isort: skip
from aws_cdk import aws_kms as kms  # isort: skip
from aws_cdk import aws_lambda as lambda_  # isort: skip
from aws_cdk import aws_logs as logs  # isort: skip
from aws_cdk import aws_sns as sns  # isort: skip
from aws_cdk import aws_sqs as sqs  # isort: skip


OWN = [
    (["logs:CreateLogStream", "logs:PutLogEvents"], "HelloRoleLogs.Arn"),
    (["sqs:SendMessage"], "HelloDeadLetterQueue.Arn"),
]
TRACES = (["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "*")


@pytest.fixture(params=CLASSES, ids=lambda make: make.__name__)
def make(request: pytest.FixtureRequest) -> Make:
    """Makes a function of one of the classes, called Hello."""
    chosen: Make = request.param
    return chosen


@pytest.fixture
def plain() -> cdk.Stack:
    """An empty stack, for what does not depend on feature flags."""
    return cdk.Stack(new_app(), "Stack")


def properties(stack: cdk.Stack) -> dict[str, Any]:
    [function] = resources(stack, "AWS::Lambda::Function")
    return function


def test_the_defaults(make: Make, stack: cdk.Stack) -> None:
    make(stack)
    function = properties(stack)
    assert function["Architectures"] == ["x86_64"]
    assert (function["MemorySize"], function["Timeout"]) == (512, 30)
    assert function["LoggingConfig"]["LogFormat"] == "JSON"
    assert readable(function["LoggingConfig"]["LogGroup"]) == "HelloRoleLogs"
    assert readable(function["DeadLetterConfig"]["TargetArn"]) == "HelloDeadLetterQueue.Arn"
    absent = {
        "TracingConfig",
        "ReservedConcurrentExecutions",
        "FunctionName",
        "Environment",
        "VpcConfig",
        "Layers",
    }
    assert not absent & set(function)
    assert resources(stack, "AWS::Lambda::EventInvokeConfig") == []


def test_the_role_may_log_and_send_dead_letters_and_nothing_else(make: Make, stack: cdk.Stack) -> None:
    make(stack)
    assert statements(stack) == OWN
    [role] = resources(stack, "AWS::IAM::Role")
    assert "ManagedPolicyArns" not in role


def test_the_log_is_kept_for_a_month_and_stays(make: Make, plain: cdk.Stack) -> None:
    make(plain)
    [group] = [
        each for each in template(plain)["Resources"].values() if each["Type"] == "AWS::Logs::LogGroup"
    ]
    assert (group["Properties"], group["DeletionPolicy"]) == ({"RetentionInDays": 30}, "Retain")


def test_what_is_asked_for_is_what_is_deployed(make: Make, plain: cdk.Stack) -> None:
    make(
        plain,
        memory_size=1769,
        timeout=cdk.Duration.minutes(2),
        environment={"COLOUR": "blue"},
        ephemeral_storage_size=cdk.Size.gibibytes(1),
        description="Says hello",
        function_name="hello",
        reserved_concurrent_executions=3,
        log_format=lambda_.LoggingFormat.TEXT,
        log_retention=logs.RetentionDays.ONE_DAY,
        log_removal_policy=cdk.RemovalPolicy.DESTROY,
        retry_attempts=1,
        max_event_age=cdk.Duration.hours(1),
    )
    function = properties(plain)
    assert (function["MemorySize"], function["Timeout"]) == (1769, 120)
    assert function["Environment"] == {"Variables": {"COLOUR": "blue"}}
    assert function["EphemeralStorage"] == {"Size": 1024}
    assert (function["Description"], function["FunctionName"]) == ("Says hello", "hello")
    assert function["ReservedConcurrentExecutions"] == 3
    assert function["LoggingConfig"]["LogFormat"] == "Text"
    [asynchronous] = resources(plain, "AWS::Lambda::EventInvokeConfig")
    assert (asynchronous["MaximumRetryAttempts"], asynchronous["MaximumEventAgeInSeconds"]) == (1, 3600)
    assert resources(plain, "AWS::Logs::LogGroup") == [{"RetentionInDays": 1}]


def test_none_is_the_same_as_nothing(make: Make, plain: cdk.Stack) -> None:
    make(
        plain, memory_size=None, timeout=None, tracing=None, layers=None, network=None, dead_letter_queue=None
    )
    assert (properties(plain)["MemorySize"], statements(plain)) == (512, OWN)


def test_a_log_group_of_the_user_is_written_instead(make: Make, plain: cdk.Stack) -> None:
    make(plain, log_group=logs.LogGroup(plain, "Shared"))
    assert readable(properties(plain)["LoggingConfig"]["LogGroup"]) == "Shared"
    assert (["logs:CreateLogStream", "logs:PutLogEvents"], "Shared.Arn") in statements(plain)


@pytest.mark.parametrize(
    ("tracing", "mode"), [(lambda_.Tracing.ACTIVE, "Active"), (lambda_.Tracing.PASS_THROUGH, "PassThrough")]
)
def test_tracing_adds_two_actions_in_a_policy_of_their_own(
    make: Make, stack: cdk.Stack, tracing: lambda_.Tracing, mode: str
) -> None:
    make(stack, tracing=tracing)
    assert properties(stack)["TracingConfig"] == {"Mode": mode}
    assert statements(stack) == [*OWN, TRACES]
    names = {policy["PolicyName"][:16] for policy in resources(stack, "AWS::IAM::Policy")}
    assert names == {"HelloRoleTracing", "HelloRoleDefault"}


def test_tracing_that_is_off_adds_nothing(make: Make, plain: cdk.Stack) -> None:
    make(plain, tracing=lambda_.Tracing.DISABLED)
    assert statements(plain) == OWN
    assert "TracingConfig" not in properties(plain)


def test_the_function_waits_for_its_permissions(make: Make, plain: cdk.Stack) -> None:
    """Lambda refuses a function whose role cannot write traces."""
    make(plain, tracing=lambda_.Tracing.ACTIVE)
    [function] = [
        each for each in template(plain)["Resources"].values() if each["Type"] == "AWS::Lambda::Function"
    ]
    assert any(name.startswith("HelloRoleTracing") for name in function["DependsOn"])


def test_a_dead_letter_queue_of_the_user_is_used_instead(make: Make, plain: cdk.Stack) -> None:
    queue = DeadLetterQueue(plain, "Shared")
    function = make(plain, dead_letter_queue=queue)
    assert function.dead_letter_queue is queue
    assert (["sqs:SendMessage"], "Shared.Arn") in statements(plain)


def test_a_queue_with_a_key_brings_the_use_of_the_key(make: Make, plain: cdk.Stack) -> None:
    make(plain, dead_letter_queue=sqs.Queue(plain, "Shared", encryption_master_key=kms.Key(plain, "Key")))
    assert (["kms:Decrypt", "kms:GenerateDataKey"], "Key.Arn") in statements(plain)


TARGETS: dict[str, tuple[Callable[[cdk.Stack], Any], str, str]] = {
    "queue": (lambda stack: sqs.Queue(stack, "To"), "sqs:SendMessage", "To.Arn"),
    "topic": (lambda stack: sns.Topic(stack, "To"), "sns:Publish", "To"),
    "bus": (lambda stack: events.EventBus(stack, "To"), "events:PutEvents", "To.Arn"),
    "imported queue": (
        lambda stack: sqs.Queue.from_queue_arn(stack, "To", "arn:aws:sqs:eu-north-1:123456789012:to"),
        "sqs:SendMessage",
        "arn:aws:sqs:eu-north-1:123456789012:to",
    ),
    "imported function": (
        lambda stack: lambda_.Function.from_function_arn(
            stack, "To", "arn:aws:lambda:eu-north-1:123456789012:function:to"
        ),
        "lambda:InvokeFunction",
        "arn:aws:lambda:eu-north-1:123456789012:function:to",
    ),
}


@pytest.mark.parametrize("target", TARGETS)
def test_failed_events_may_go_elsewhere_with_one_action(make: Make, plain: cdk.Stack, target: str) -> None:
    new, action, arn = TARGETS[target]
    make(plain, on_failure=new(plain))
    assert statements(plain, "HelloRole") == sorted([OWN[0], ([action], arn)])
    [asynchronous] = resources(plain, "AWS::Lambda::EventInvokeConfig")
    assert readable(asynchronous["DestinationConfig"]["OnFailure"]["Destination"]) == arn
    assert "DeadLetterConfig" not in properties(plain)


def test_a_network_puts_the_function_into_it(make: Make, stack: cdk.Stack) -> None:
    make(stack, network=VpcAccess(stack, "Network", flow_logs=False))
    assert len(properties(stack)["VpcConfig"]["SubnetIds"]) == 2
    own = [
        each
        for each in resources(stack, "AWS::IAM::Policy")
        if each["PolicyName"].startswith("HelloRoleNetwork")
    ]
    [allow, deny] = own[0]["PolicyDocument"]["Statement"]
    assert (allow["Effect"], deny["Effect"]) == ("Allow", "Deny")
    assert not [each for each in resources(stack, "AWS::IAM::Role") if "ManagedPolicyArns" in each]


def test_a_configuration_brings_variables_under_those_of_the_function(make: Make, plain: cdk.Stack) -> None:
    config = LayeredConfig(plain, "Config", parameters={"colour": "/hello/colour"})
    make(plain, config=config, environment={"SHAPE": "round"})
    variables = properties(plain)["Environment"]["Variables"]
    assert set(variables) == {"SHAPE", *config.variables}
    assert any(
        "ssm:GetParameter" in actions or "ssm:GetParameters" in actions for actions, _ in statements(plain)
    )


def test_tokens_are_taken_as_they_are(make: Make, plain: cdk.Stack) -> None:
    number = cdk.CfnParameter(plain, "Number", type="Number").value_as_number
    text = cdk.CfnParameter(plain, "Text").value_as_string
    make(
        plain,
        memory_size=number,
        timeout=cdk.Duration.seconds(number),
        ephemeral_storage_size=cdk.Size.mebibytes(number),
        reserved_concurrent_executions=number,
        function_name=text,
        description=text,
        environment={"COLOUR": text},
    )
    function = properties(plain)
    assert (
        function["MemorySize"]
        == function["Timeout"]
        == function["EphemeralStorage"]["Size"]
        == {"Ref": "Number"}
    )
    assert function["FunctionName"] == {"Ref": "Text"}


def test_cdk_nag_finds_nothing_in_a_function_with_everything(make: Make) -> None:
    app = new_app()
    stack = cdk.Stack(app, "Stack")
    network = VpcAccess(stack, "Network", flow_logs=False)
    make(stack, tracing=lambda_.Tracing.ACTIVE, network=network)
    assert [each for each in nag_findings(app) if each.path.startswith("Stack/Hello")] == []


def test_a_wildcard_of_the_user_is_still_found(make: Make) -> None:
    app = new_app()
    function = make(cdk.Stack(app, "Stack"), tracing=lambda_.Tracing.ACTIVE)
    function.add_to_role_policy(cdk.aws_iam.PolicyStatement(actions=["ec2:DescribeVpcs"], resources=["*"]))
    assert [each.id for each in nag_findings(app)] == ["AwsSolutions-IAM5[Resource::*]"]


def test_a_function_has_no_warning(make: Make, plain: cdk.Stack) -> None:
    make(plain)
    assertions.Annotations.from_stack(plain).has_no_warning("*", assertions.Match.any_value())
