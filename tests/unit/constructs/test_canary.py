"""Release with a canary: the traffic shifts step by step, and back at the first failure."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from plain_functions import plain_function
from released import only

from constructs_lib import Canary, Release
from tests.synthesis import FLAGS, new_app, readable, resources, statements, template


@pytest.fixture(scope="module", params=["flags on", "flags off"])
def canary(request: pytest.FixtureRequest) -> cdk.Stack:
    """A release with the defaults of a canary."""
    stack = cdk.Stack(new_app(FLAGS if request.param == "flags on" else {}), "Stack")
    Release(stack, "Release", function=plain_function(stack), canary=Canary())
    return stack


def test_a_tenth_of_the_traffic_goes_first(canary: cdk.Stack) -> None:
    group = only(canary, "AWS::CodeDeploy::DeploymentGroup")
    assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"


def test_the_traffic_shifts_back_at_failures_of_the_new_version_alone(canary: cdk.Stack) -> None:
    alarm = only(canary, "AWS::CloudWatch::Alarm")
    assert (alarm["MetricName"], alarm["Threshold"], alarm["Period"]) == ("Errors", 1, 60)
    dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    assert readable(dimensions["Resource"]) == "Function:live"
    version = only(canary, "AWS::Lambda::Alias")["FunctionVersion"]
    assert dimensions["ExecutedVersion"] == version


def test_the_deployment_watches_the_alarm(canary: cdk.Stack) -> None:
    group = only(canary, "AWS::CodeDeploy::DeploymentGroup")
    [alarm] = group["AlarmConfiguration"]["Alarms"]
    assert readable(alarm["Name"]) == "ReleaseNewVersionErrors"
    assert group["AutoRollbackConfiguration"]["Events"] == [
        "DEPLOYMENT_FAILURE",
        "DEPLOYMENT_STOP_ON_ALARM",
    ]


def test_the_role_has_what_codedeploy_needs_of_this_alias_and_no_managed_policy(canary: cdk.Stack) -> None:
    assert statements(canary, "ReleaseTrafficShiftingRole") == [
        (["cloudwatch:DescribeAlarms"], "*"),
        (["lambda:GetAlias", "lambda:UpdateAlias"], "Function.Arn"),
        (["lambda:GetProvisionedConcurrencyConfig"], "Function.Arn:live"),
    ]
    roles = template(canary)["Resources"]
    [role] = [
        each
        for name, each in roles.items()
        if name.startswith("ReleaseTrafficShiftingRole") and each["Type"] == "AWS::IAM::Role"
    ]
    assert "ManagedPolicyArns" not in role["Properties"]


def test_the_alias_changes_only_when_the_role_has_its_policies(canary: cdk.Stack) -> None:
    found = template(canary)["Resources"]
    [alias] = [each for each in found.values() if each["Type"] == "AWS::Lambda::Alias"]
    policies = {
        name
        for name, each in found.items()
        if each["Type"] == "AWS::IAM::Policy" and "TrafficShifting" in name
    }
    assert policies <= set(alias["DependsOn"])
    assert len(policies) == 2


def test_hooks_are_invoked_by_the_deployment_and_may_report_to_it(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    hooks = [plain_function(stack, name) for name in ("Before", "After")]
    Release(stack, "Release", function=function, canary=Canary(pre_hook=hooks[0], post_hook=hooks[1]))
    [alias] = [each for each in template(stack)["Resources"].values() if each["Type"] == "AWS::Lambda::Alias"]
    update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    assert readable(update["BeforeAllowTrafficHook"]) == "Before"
    assert readable(update["AfterAllowTrafficHook"]) == "After"
    [invoked] = [
        statement["Resource"]
        for policy in resources(stack, "AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "lambda:InvokeFunction"
    ]
    assert {readable(arn) for arn in invoked} == {"Before.Arn", "After.Arn"}
    assert [actions for actions, _ in statements(stack, "BeforeServiceRole")] == [
        ["codedeploy:PutLifecycleEventHookExecutionStatus"]
    ]


@pytest.mark.parametrize(
    ("canary", "steps"),
    [
        (
            Canary(percentage=25, interval=cdk.Duration.hours(1)),
            {"Type": "TimeBasedCanary", "TimeBasedCanary": {"CanaryInterval": 60, "CanaryPercentage": 25}},
        ),
        (
            Canary(percentage=20, interval=cdk.Duration.minutes(1), linear=True),
            {"Type": "TimeBasedLinear", "TimeBasedLinear": {"LinearInterval": 1, "LinearPercentage": 20}},
        ),
    ],
)
def test_steps_that_codedeploy_does_not_know_are_made(canary: Canary, steps: dict[str, Any]) -> None:
    stack = cdk.Stack(new_app(), "Stack")
    Release(stack, "Release", function=plain_function(stack), canary=canary)
    assert only(stack, "AWS::CodeDeploy::DeploymentConfig")["TrafficRoutingConfig"] == steps


@pytest.mark.parametrize(
    ("canary", "name"),
    [
        (Canary(interval=cdk.Duration.minutes(30)), "Canary10Percent30Minutes"),
        (Canary(interval=cdk.Duration.minutes(1), linear=True), "Linear10PercentEvery1Minute"),
        (Canary(interval=cdk.Duration.minutes(10), linear=True), "Linear10PercentEvery10Minutes"),
    ],
)
def test_steps_that_codedeploy_knows_are_not_made_again(canary: Canary, name: str) -> None:
    stack = cdk.Stack(new_app(), "Stack")
    Release(stack, "Release", function=plain_function(stack), canary=canary)
    assert (
        only(stack, "AWS::CodeDeploy::DeploymentGroup")["DeploymentConfigName"]
        == f"CodeDeployDefault.Lambda{name}"
    )


def test_other_alarms_shift_back_too_and_errors_can_be_left_out(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    alarm = cloudwatch.Alarm(
        stack,
        "Sales",
        metric=cloudwatch.Metric(namespace="Shop", metric_name="Sales"),
        threshold=1,
        evaluation_periods=1,
    )
    Release(stack, "Release", function=function, canary=Canary(errors=None, alarms=[alarm]))
    [watched] = only(stack, "AWS::CodeDeploy::DeploymentGroup")["AlarmConfiguration"]["Alarms"]
    assert readable(watched["Name"]) == "Sales"


def test_an_alarm_of_the_releases_own_metrics_can_be_added(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    release = Release(stack, "Release", function=function, canary=Canary())
    alarm = release.metric_duration().create_alarm(stack, "Slow", threshold=900, evaluation_periods=1)
    assert release.deployment_group is not None
    release.deployment_group.add_alarm(alarm)
    alias = next(iter(name for name, each in template(stack)["Resources"].items() if "Alias" in each["Type"]))
    assert alias not in str(resources(stack, "AWS::CloudWatch::Alarm")), "the alias waits for the alarm"
