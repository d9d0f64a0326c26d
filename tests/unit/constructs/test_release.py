"""Release: a stable name for the version in use, shifted to the next one step by step."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_

from constructs_lib import Canary, CustomRuntimeFunction, Release, ScaledConcurrency
from constructs_lib.errors import WrongPropError
from constructs_lib.releases.errors import (
    CanaryError,
    NotReleasableError,
    ProvisionedConcurrencyError,
    ReleaseNameError,
)
from tests.nagging import nag_findings
from tests.synthesis import FLAGS, new_app, readable, resources, statements, template


def plain_function(stack: cdk.Stack, id_: str = "Function", **props: Any) -> lambda_.Function:
    return lambda_.Function(
        stack,
        id_,
        code=lambda_.Code.from_inline("-"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_13,
        **props,
    )


def only(stack: cdk.Stack, kind: str) -> dict[str, Any]:
    [found] = resources(stack, kind)
    return found


def version_id(source: Path, *, alias: str | None = None, **props: Any) -> str:
    """The logical id of the version that an application publishes."""
    stack = cdk.Stack(new_app(), "Stack")
    function = CustomRuntimeFunction(stack, "Hello", source=source, handler="handler.handle", **props)
    Release(stack, "Live", function=function, description=alias)
    found = template(stack)["Resources"]
    [version] = [name for name, each in found.items() if each["Type"] == "AWS::Lambda::Version"]
    return version


def handler(folder: Path, code: str) -> Path:
    folder.mkdir()
    (folder / "handler.py").write_text(code)
    return folder


def test_the_alias_is_live_and_refers_to_the_current_version(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    Release(stack, "Release", function=function)
    alias = only(stack, "AWS::Lambda::Alias")
    assert alias["Name"] == "live"
    assert readable(alias["FunctionName"]) == "Function"
    assert alias["FunctionVersion"]["Fn::GetAtt"][0].startswith("FunctionCurrentVersion")
    assert "ProvisionedConcurrencyConfig" not in alias


def test_a_version_stays_when_it_is_replaced_but_not_when_its_own_deployment_fails(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    Release(stack, "Release", function=function)
    [version] = [
        each for each in template(stack)["Resources"].values() if each["Type"] == "AWS::Lambda::Version"
    ]
    assert (version["UpdateReplacePolicy"], version["DeletionPolicy"]) == ("Retain", "RetainExceptOnCreate")


def test_an_unchanged_application_publishes_no_new_version(source: Path) -> None:
    assert version_id(source) == version_id(source, alias="for the shop")


def test_a_changed_handler_is_a_new_version(tmp_path: Path) -> None:
    one, two = (
        handler(tmp_path / name, f"def handle(event, context):\n    return {name!r}\n") for name in "ab"
    )
    assert version_id(one) != version_id(two)


def test_a_changed_configuration_is_a_new_version(source: Path) -> None:
    assert version_id(source) != version_id(source, memory_size=1024)


def test_what_is_no_part_of_a_version_publishes_none(source: Path) -> None:
    assert version_id(source) == version_id(source, reserved_concurrent_executions=5)


def test_environments_are_kept_started(stack: cdk.Stack, function: lambda_.Function) -> None:
    Release(stack, "Release", function=function, provisioned_concurrency=2)
    config = only(stack, "AWS::Lambda::Alias")["ProvisionedConcurrencyConfig"]
    assert config == {"ProvisionedConcurrentExecutions": 2}


def test_scaled_concurrency_follows_its_use_and_is_not_reset_by_deployments(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    Release(
        stack,
        "Release",
        function=function,
        provisioned_concurrency=ScaledConcurrency(min_capacity=2, max_capacity=20),
    )
    target = only(stack, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 20)
    policy = only(stack, "AWS::ApplicationAutoScaling::ScalingPolicy")
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 0.7
    assert "ProvisionedConcurrencyConfig" not in only(stack, "AWS::Lambda::Alias")


def test_asynchronous_invocations_are_retried_as_the_functions_own_are(stack: cdk.Stack) -> None:
    function = plain_function(stack, retry_attempts=1, max_event_age=cdk.Duration.minutes(5))
    Release(stack, "Release", function=function)
    found = {
        each["Qualifier"]: (each["MaximumRetryAttempts"], each["MaximumEventAgeInSeconds"])
        for each in resources(stack, "AWS::Lambda::EventInvokeConfig")
    }
    assert found == {"$LATEST": (1, 300), "live": (1, 300)}
    made = template(stack)["Resources"]
    [waits] = [each for name, each in made.items() if name.startswith("ReleaseEventInvokeConfig")]
    assert [made[name]["Type"] for name in waits["DependsOn"]] == ["AWS::Lambda::Alias"]


def test_the_defaults_of_asynchronous_invocations_need_no_configuration(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    Release(stack, "Release", function=function)
    assert resources(stack, "AWS::Lambda::EventInvokeConfig") == []


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


def test_cdk_nag_finds_nothing(source: Path) -> None:
    app = new_app()
    stack = cdk.Stack(app, "Stack")
    function = CustomRuntimeFunction(stack, "Hello", source=source, handler="handler.handle")
    Release(stack, "Release", function=function, canary=Canary(), provisioned_concurrency=2)
    assert nag_findings(app) == []


@pytest.mark.parametrize("name", ["$LATEST", "LATEST", "latest", "7", "", "a b", "a:b", "é", "x" * 129])
def test_a_name_that_no_alias_should_have_is_refused(function: lambda_.Function, name: str) -> None:
    with pytest.raises(ReleaseNameError, match="THAW141"):
        Release(function.stack, "Release", function=function, alias_name=name)


def test_two_releases_of_a_function_cannot_have_one_name(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    Release(stack, "One", function=function)
    with pytest.raises(ReleaseNameError, match=r"Stack/Two.*another release"):
        Release(stack, "Two", function=function)


def test_two_releases_of_a_function_can_have_two_names(stack: cdk.Stack, function: lambda_.Function) -> None:
    Release(stack, "One", function=function)
    Release(stack, "Two", function=function, alias_name="beta")
    assert len(resources(stack, "AWS::Lambda::Alias")) == 2


@pytest.mark.parametrize(
    "wanted",
    [
        0,
        -1,
        1.5,
        True,
        ScaledConcurrency(max_capacity=0),
        ScaledConcurrency(min_capacity=0, max_capacity=5),
        ScaledConcurrency(min_capacity=6, max_capacity=5),
        ScaledConcurrency(max_capacity=5, utilization_target=0.95),
        ScaledConcurrency(max_capacity=5, utilization_target=0),
    ],
)
def test_provisioned_concurrency_out_of_bounds_is_refused(wanted: Any) -> None:
    stack = cdk.Stack(new_app(), "Stack")
    with pytest.raises(WrongPropError, match="Stack/Release"):
        Release(stack, "Release", function=plain_function(stack), provisioned_concurrency=wanted)


def test_provisioned_concurrency_beside_snap_start_is_refused(stack: cdk.Stack) -> None:
    function = plain_function(stack, snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS)
    with pytest.raises(ProvisionedConcurrencyError, match="SnapStart"):
        Release(stack, "Release", function=function, provisioned_concurrency=1)


def test_snap_start_without_provisioned_concurrency_is_released(stack: cdk.Stack) -> None:
    function = plain_function(stack, snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS)
    Release(stack, "Release", function=function)
    assert len(resources(stack, "AWS::Lambda::Version")) == 1


@pytest.mark.parametrize("wanted", [3, ScaledConcurrency(max_capacity=3)])
def test_releases_cannot_provision_more_together_than_is_reserved(wanted: int | ScaledConcurrency) -> None:
    stack = cdk.Stack(new_app(), "Stack")
    function = plain_function(stack, reserved_concurrent_executions=5)
    Release(stack, "One", function=function, provisioned_concurrency=3)
    with pytest.raises(ProvisionedConcurrencyError, match="3 for live \\+ 3 for beta"):
        Release(stack, "Two", function=function, alias_name="beta", provisioned_concurrency=wanted)


@pytest.mark.parametrize(
    "props", [{"percentage": 0}, {"percentage": 100}, {"percentage": 12.5}, {"errors": 0}]
)
def test_a_canary_out_of_bounds_is_refused(props: dict[str, Any]) -> None:
    stack = cdk.Stack(new_app(), "Stack")
    with pytest.raises(WrongPropError, match="Stack/Release"):
        Release(stack, "Release", function=plain_function(stack), canary=Canary(**props))


@pytest.mark.parametrize(
    "canary",
    [
        Canary(interval=cdk.Duration.seconds(90)),
        Canary(interval=cdk.Duration.seconds(0)),
        Canary(interval=cdk.Duration.hours(49)),
        Canary(percentage=1, interval=cdk.Duration.hours(1), linear=True),
    ],
)
def test_a_shift_that_codedeploy_does_not_take_is_refused(canary: Canary) -> None:
    stack = cdk.Stack(new_app(), "Stack")
    with pytest.raises(CanaryError, match="Stack/Release"):
        Release(stack, "Release", function=plain_function(stack), canary=canary)


def test_an_interval_that_only_the_deployment_will_know_is_refused(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    minutes = cdk.CfnParameter(stack, "Minutes", type="Number").value_as_number
    with pytest.raises(CanaryError, match="only the deployment will know"):
        Release(stack, "Release", function=function, canary=Canary(interval=cdk.Duration.minutes(minutes)))


def test_an_imported_function_cannot_be_released(stack: cdk.Stack) -> None:
    imported: Any = lambda_.Function.from_function_name(stack, "Imported", "theirs")
    with pytest.raises(NotReleasableError, match="THAW140"):
        Release(stack, "Release", function=imported)


def test_a_version_cannot_be_released(stack: cdk.Stack, function: lambda_.Function) -> None:
    version: Any = function.current_version
    with pytest.raises(NotReleasableError, match="Version"):
        Release(stack, "Release", function=version)


def test_a_function_of_another_stack_cannot_be_released(stack: cdk.Stack, function: lambda_.Function) -> None:
    other = cdk.Stack(stack.node.root, "Other")
    with pytest.raises(NotReleasableError, match="another stack"):
        Release(other, "Release", function=function)
