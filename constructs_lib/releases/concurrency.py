"""Environments that are started before anybody asks for them.

Source: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
"""

from dataclasses import dataclass
from functools import cache
from typing import cast

from aws_cdk import aws_lambda as lambda_

from constructs_lib import asked_once
from constructs_lib.functions import props
from constructs_lib.releases.errors import ProvisionedConcurrencyError
from constructs_lib.rules import number, whole_number

_CAPACITY = whole_number(1, 1_000_000)
# What the CDK lets pass; Application Auto Scaling itself takes any share.
_UTILIZATION = number(0.1, 0.9)


@dataclass(frozen=True, kw_only=True)
class ScaledConcurrency:
    """Provisioned concurrency that follows its use, by Application Auto Scaling.

    Attributes:
        max_capacity: environments at most.
        min_capacity: environments at least.
        utilization_target: the share of the environments, 0.1 to 0.9, that should be in use.
    """

    max_capacity: int
    min_capacity: int = 1
    utilization_target: float = 0.7


def check_concurrency(
    place: object, function: lambda_.Function, alias_name: str, wanted: int | ScaledConcurrency
) -> None:
    """Checks the provisioned concurrency of the release at ``place``, and counts it.

    Raises:
        WrongPropError: a figure is none that Lambda takes.
        ProvisionedConcurrencyError: the function has SnapStart, or less reserved concurrency than its releases want.
    """
    most = _most(place, wanted)
    resource = cast("lambda_.CfnFunction", function.node.default_child)
    if has_snap_start(resource):
        raise ProvisionedConcurrencyError(
            f"{place} asks for provisioned concurrency of a function with SnapStart",
            received=f"provisioned_concurrency={most}",
            allowed="one of the two: Lambda takes provisioned concurrency or SnapStart",
            change="leave provisioned_concurrency out, or switch the function's SnapStart off",
        )
    counted = _provisioned(function)
    counted[alias_name] = most
    reserved = resource.reserved_concurrent_executions
    if reserved is None or asked_once.is_unresolved(reserved) or sum(counted.values()) <= reserved:
        return
    raise ProvisionedConcurrencyError(
        f"{place} asks for more provisioned concurrency than the function has reserved",
        received=" + ".join(f"{count} for {name}" for name, count in counted.items()),
        allowed=f"{reserved:g} at most, the function's reserved_concurrent_executions",
        change="raise reserved_concurrent_executions, or provision less",
    )


def has_snap_start(resource: lambda_.CfnFunction) -> bool:
    """Whether Lambda takes a snapshot of each published version."""
    snap_start = resource.snap_start
    return (
        isinstance(snap_start, lambda_.CfnFunction.SnapStartProperty)
        and snap_start.apply_on == "PublishedVersions"
    )


def scale(alias: lambda_.Alias, wanted: ScaledConcurrency) -> None:
    """Lets Application Auto Scaling set the provisioned concurrency of an alias."""
    capacity = alias.add_auto_scaling(min_capacity=wanted.min_capacity, max_capacity=wanted.max_capacity)
    capacity.scale_on_utilization(utilization_target=wanted.utilization_target)


@cache
def _provisioned(function: lambda_.Function) -> dict[str, int]:  # noqa: ARG001 - the key of the cache
    """The most that each release of a function may provision."""
    return {}


def _most(place: object, wanted: int | ScaledConcurrency) -> int:
    if not isinstance(wanted, ScaledConcurrency):
        props.require(place, "provisioned_concurrency", wanted, _CAPACITY)
        return wanted
    props.require(place, "max_capacity", wanted.max_capacity, _CAPACITY)
    props.require(place, "min_capacity", wanted.min_capacity, whole_number(1, wanted.max_capacity))
    props.require(place, "utilization_target", wanted.utilization_target, _UTILIZATION)
    return wanted.max_capacity
