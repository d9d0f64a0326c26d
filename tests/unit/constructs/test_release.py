"""Release: a stable name for the version in use, kept started if it is asked for."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from plain_functions import plain_function
from released import only

from constructs_lib import Canary, CustomRuntimeFunction, Release, ScaledConcurrency
from tests.nagging import nag_findings
from tests.synthesis import new_app, readable, resources, template


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


def test_cdk_nag_finds_nothing(source: Path) -> None:
    app = new_app()
    stack = cdk.Stack(app, "Stack")
    function = CustomRuntimeFunction(stack, "Hello", source=source, handler="handler.handle")
    Release(stack, "Release", function=function, canary=Canary(), provisioned_concurrency=2)
    assert nag_findings(app) == []


def test_two_releases_of_a_function_can_have_two_names(stack: cdk.Stack, function: lambda_.Function) -> None:
    Release(stack, "One", function=function)
    Release(stack, "Two", function=function, alias_name="beta")
    assert len(resources(stack, "AWS::Lambda::Alias")) == 2


def test_snap_start_without_provisioned_concurrency_is_released(stack: cdk.Stack) -> None:
    function = plain_function(stack, snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS)
    Release(stack, "Release", function=function)
    assert len(resources(stack, "AWS::Lambda::Version")) == 1
