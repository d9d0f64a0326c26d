"""ServiceDashboard: how the functions of a service do, on one page."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from constructs_lib import CustomRuntimeFunction, FunctionAlarms, Release, ServiceDashboard
from constructs_lib.errors import WrongPropError
from constructs_lib.triggers.errors import UnsuitableTargetError
from constructs_lib.watching.errors import DashboardTooLargeError, NothingToWatchError
from constructs_lib.watching.layout import COLUMNS, Graph, widgets
from tests.nagging import nag_findings
from tests.synthesis import FLAGS, new_app, readable, resources

Widget = dict[str, Any]


def body(stack: cdk.Stack) -> list[Widget]:
    """The widgets, with references as text."""
    [dashboard] = resources(stack, "AWS::CloudWatch::Dashboard")
    found: list[Widget] = json.loads(readable(dashboard["DashboardBody"]))["widgets"]
    return found


@pytest.fixture(scope="module", params=["flags on", "flags off"])
def shown(request: pytest.FixtureRequest, source: Path) -> list[Widget]:
    """A watched function with a queue, and one that is only shown."""
    stack = cdk.Stack(new_app(FLAGS if request.param == "flags on" else {}), "Shop")
    one, two = (
        CustomRuntimeFunction(stack, name, source=source, handler="handler.handle") for name in ("One", "Two")
    )
    queues = [sqs.Queue(stack, "Work")]
    alarms = FunctionAlarms(
        stack, "Alarms", function=one, queues=queues, iterator_age=cdk.Duration.minutes(1)
    )
    ServiceDashboard(
        stack, "Dashboard", functions=[one, Release(stack, "Live", function=two)], alarms=[alarms]
    )
    return body(stack)


@pytest.fixture(scope="module")
def graphs(shown: list[Widget]) -> dict[str, list[Any]]:
    """The lines of each graph."""
    return {
        each["properties"]["title"]: each["properties"]["metrics"]
        for each in shown
        if each["type"] == "metric"
    }


def test_every_function_has_a_line_in_the_graphs_of_what_lambda_measures(
    graphs: dict[str, list[Any]],
) -> None:
    labels = {title: [line[-1]["label"] for line in lines] for title, lines in graphs.items()}
    of_all = [title for title, names in labels.items() if names == ["One", "Two"]]
    assert of_all == [
        "Invocations",
        "Errors",
        "Throttles",
        "Duration, half of the invocations (p50, ms)",
        "Duration, all but 1 % (p99, ms)",
        "Concurrency",
    ]


def test_what_alarms_watch_is_shown_of_their_functions(graphs: dict[str, list[Any]]) -> None:
    assert {title: [line[:-1] for line in lines] for title, lines in graphs.items() if len(lines) == 1} == {
        "Starts, on average (ms)": [["Thaw/Shop", "InitDuration-One"]],
        "Dead letters": [
            ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "OneDeadLetterQueue.QueueName"]
        ],
        "Oldest message (s)": [["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "Work.QueueName"]],
        "Behind the stream (ms)": [["AWS/Lambda", "IteratorAge", "FunctionName", "One"]],
    }


def test_a_line_names_function_and_statistic(graphs: dict[str, list[Any]]) -> None:
    expected = ["AWS/Lambda", "Duration", "FunctionName", "Two", {"label": "Two", "stat": "p99"}]
    assert graphs["Duration, all but 1 % (p99, ms)"][1] == expected


def test_the_state_of_the_alarms_comes_first(shown: list[Widget]) -> None:
    assert [each["type"] for each in shown[:3]] == ["text", "alarm", "metric"]
    assert len(shown[1]["properties"]["alarms"]) == 7


def test_no_two_widgets_overlap_and_none_leaves_the_page(shown: list[Widget]) -> None:
    taken = [
        (column, row)
        for each in shown
        for column in range(each["x"], each["x"] + each["width"])
        for row in range(each["y"], each["y"] + each["height"])
    ]
    assert len(set(taken)) == len(taken)
    assert max(column for column, _ in taken) < COLUMNS


def test_the_region_is_that_of_the_stack(shown: list[Widget]) -> None:
    regions = {each["properties"]["region"] for each in shown if each["type"] == "metric"}
    assert regions == {"AWS::Region"}


def test_functions_with_one_id_are_told_apart_by_their_paths(source: Path) -> None:
    app = new_app()
    stacks = [cdk.Stack(app, name) for name in ("East", "West")]
    functions = [
        CustomRuntimeFunction(each, "Hello", source=source, handler="handler.handle") for each in stacks
    ]
    ServiceDashboard(stacks[0], "Dashboard", functions=functions)
    lines = body(stacks[0])[1]["properties"]["metrics"]
    assert [line[-1]["label"] for line in lines] == ["East/Hello", "West/Hello"]


def test_a_queue_that_functions_share_is_drawn_once(stack: cdk.Stack, function: lambda_.Function) -> None:
    alarms = [FunctionAlarms(stack, name, function=function, init_duration=None) for name in ("A", "B")]
    ServiceDashboard(stack, "Dashboard", alarms=alarms)
    [dead] = [each for each in body(stack) if each["properties"].get("title") == "Dead letters"]
    assert len(dead["properties"]["metrics"]) == 1


def test_the_name_can_be_chosen(stack: cdk.Stack, function: lambda_.Function) -> None:
    ServiceDashboard(stack, "Dashboard", functions=[function], dashboard_name="shop")
    [dashboard] = resources(stack, "AWS::CloudWatch::Dashboard")
    assert dashboard["DashboardName"] == "shop"


def test_a_name_that_cloudwatch_does_not_take_is_refused(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    with pytest.raises(WrongPropError, match="Stack/Dashboard: its dashboard_name"):
        ServiceDashboard(stack, "Dashboard", functions=[function], dashboard_name="my shop")


def test_a_dashboard_of_nothing_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(NothingToWatchError, match="Stack/Dashboard"):
        ServiceDashboard(stack, "Dashboard")


def test_a_version_is_refused(stack: cdk.Stack, function: lambda_.Function) -> None:
    version: Any = function.current_version
    with pytest.raises(UnsuitableTargetError):
        ServiceDashboard(stack, "Dashboard", functions=[version])


@pytest.mark.parametrize(("limit", "most"), [("METRICS_OF_A_GRAPH", 0), ("METRICS_OF_A_DASHBOARD", 5)])
def test_more_metrics_than_cloudwatch_shows_are_refused(
    stack: cdk.Stack, function: lambda_.Function, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    monkeypatch.setattr(f"constructs_lib.watching.layout.{limit}", most)
    with pytest.raises(DashboardTooLargeError, match="1 in one graph, 6 in all"):
        ServiceDashboard(stack, "Dashboard", functions=[function])


def test_graphs_without_lines_leave_no_gap() -> None:
    drawn = [Graph("Empty", []), Graph("Full", [["A", "B"]])]
    assert [(each["type"], each["x"], each["y"]) for each in widgets("# Shop", [], drawn, "eu-north-1")] == [
        ("text", 0, 0),
        ("metric", 0, 1),
    ]


def test_the_alarms_get_the_rows_they_need() -> None:
    [_, status] = widgets("# Shop", ["arn"] * 13, [], "eu-north-1")
    assert status["height"] == 4


def test_cdk_nag_finds_nothing(source: Path) -> None:
    app = new_app()
    stack = cdk.Stack(app, "Stack")
    function = CustomRuntimeFunction(stack, "Hello", source=source, handler="handler.handle")
    ServiceDashboard(stack, "Dashboard", functions=[function])
    assert nag_findings(app) == []
