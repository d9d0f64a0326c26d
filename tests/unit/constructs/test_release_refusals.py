"""Release: what Lambda or CodeDeploy would not take is refused."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from plain_functions import plain_function

from constructs_lib import Canary, Release, ScaledConcurrency
from constructs_lib.errors import WrongPropError
from constructs_lib.releases.errors import (
    CanaryError,
    NotReleasableError,
    ProvisionedConcurrencyError,
    ReleaseNameError,
)
from tests.synthesis import new_app


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
