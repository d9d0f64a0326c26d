"""Alarms of a stack, and a function to watch."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk

from constructs_lib import CustomRuntimeFunction
from tests.synthesis import readable, resources

Alarms = dict[str, dict[str, Any]]


def alarms_of(stack: cdk.Stack) -> Alarms:
    """The alarms by the ends of their descriptions' owners: metric and statistic."""
    found = resources(stack, "AWS::CloudWatch::Alarm")
    return {readable(each.get("MetricName", "rate")): each for each in found}


def hello(stack: cdk.Stack, source: Path, **props: Any) -> CustomRuntimeFunction:
    """A function of this library."""
    return CustomRuntimeFunction(stack, "Hello", source=source, handler="handler.handle", **props)
