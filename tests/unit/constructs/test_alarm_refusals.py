"""FunctionAlarms: what could never alarm is refused."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from alarms import hello
from aws_cdk import aws_lambda as lambda_
from plain_functions import plain_function

from constructs_lib import FunctionAlarms
from constructs_lib.errors import WrongPropError
from constructs_lib.triggers.errors import UnsuitableTargetError
from constructs_lib.watching.errors import NothingToWatchError
from tests.synthesis import new_app


@pytest.mark.parametrize(
    "props",
    [
        {"errors": 0},
        {"errors": 1.5},
        {"error_rate": 0},
        {"error_rate": 5},
        {"throttles": -1},
        {"duration": 0},
        {"duration": 1.1},
        {"duration": cdk.Duration.seconds(0)},
        {"duration": "80 %"},
        {"dead_letters": True},
        {"message_age": 900},
        {"message_age": cdk.Duration.seconds(0)},
        {"iterator_age": 60_000},
        {"init_duration": 1000},
        {"metric_namespace": "AWS/Mine"},
        {"metric_namespace": "a:b"},
        {"metric_namespace": ""},
    ],
)
def test_a_threshold_out_of_bounds_is_refused(props: dict[str, Any], source: Path) -> None:
    stack = cdk.Stack(new_app(), "Stack")
    with pytest.raises(WrongPropError, match=f"Stack/Alarms: its {next(iter(props))}"):
        FunctionAlarms(stack, "Alarms", function=hello(stack, source), **props)


def test_a_share_of_a_timeout_that_only_the_deployment_will_know_is_refused(
    stack: cdk.Stack, source: Path
) -> None:
    seconds = cdk.CfnParameter(stack, "Seconds", type="Number").value_as_number
    function = hello(stack, source, timeout=cdk.Duration.seconds(seconds))
    with pytest.raises(NothingToWatchError, match="only the deployment will know"):
        FunctionAlarms(stack, "Alarms", function=function)


def test_without_any_threshold_it_is_refused(
    stack: cdk.Stack, function_without_queue: lambda_.Function
) -> None:
    nothing: dict[str, Any] = dict.fromkeys(("errors", "throttles", "duration", "init_duration"))
    with pytest.raises(NothingToWatchError, match="no alarm"):
        FunctionAlarms(stack, "Alarms", function=function_without_queue, **nothing)


def test_starts_of_a_function_whose_log_is_not_known_are_refused() -> None:
    stack = cdk.Stack(new_app({}), "Stack")
    function = plain_function(
        stack,
    )
    with pytest.raises(NothingToWatchError, match="no log group"):
        FunctionAlarms(stack, "Alarms", function=function)


def test_starts_of_a_function_whose_log_leaves_reports_out_are_refused() -> None:
    stack = cdk.Stack(new_app(), "Stack")
    function = plain_function(
        stack,
        logging_format=lambda_.LoggingFormat.JSON,
        system_log_level_v2=lambda_.SystemLogLevel.WARN,
    )
    with pytest.raises(NothingToWatchError, match="WARN"):
        FunctionAlarms(stack, "Alarms", function=function)


def test_an_imported_function_is_refused(stack: cdk.Stack) -> None:
    imported: Any = lambda_.Function.from_function_name(stack, "Imported", "theirs")
    with pytest.raises(UnsuitableTargetError):
        FunctionAlarms(stack, "Alarms", function=imported)
