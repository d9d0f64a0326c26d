"""FunctionAlarms: what has to be heard of when a function does badly."""

from pathlib import Path

import aws_cdk as cdk
import pytest
from alarms import Alarms, alarms_of, hello
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from plain_functions import plain_function

from constructs_lib import DeadLetterQueue, FunctionAlarms, Release
from tests.nagging import nag_findings
from tests.synthesis import FLAGS, new_app, readable, resources


@pytest.fixture(scope="module", params=["flags on", "flags off"])
def watched(request: pytest.FixtureRequest, source: Path) -> cdk.Stack:
    """The defaults, with a topic."""
    stack = cdk.Stack(new_app(FLAGS if request.param == "flags on" else {}), "Stack")
    topic = sns.Topic(stack, "Topic", enforce_ssl=True)
    FunctionAlarms(stack, "Alarms", function=hello(stack, source), notify=topic)
    return stack


@pytest.fixture(scope="module")
def defaults(watched: cdk.Stack) -> Alarms:
    return alarms_of(watched)


@pytest.mark.parametrize(
    ("metric", "namespace", "statistic", "threshold"),
    [
        ("Errors", "AWS/Lambda", "Sum", 1),
        ("Throttles", "AWS/Lambda", "Sum", 1),
        ("Duration", "AWS/Lambda", "p99", 24_000),
        ("ApproximateNumberOfMessagesVisible", "AWS/SQS", "Maximum", 1),
        ("InitDuration-Hello", "Thaw/Stack", "Average", 1000),
    ],
)
def test_a_limit_is_watched_by_default(
    defaults: Alarms, metric: str, namespace: str, statistic: str, threshold: float
) -> None:
    alarm = defaults[metric]
    assert (alarm["Namespace"], alarm["Threshold"]) == (namespace, threshold)
    assert alarm.get("Statistic", alarm.get("ExtendedStatistic")) == statistic


def test_nothing_else_is_watched_by_default(defaults: Alarms) -> None:
    assert len(defaults) == 5


def test_every_alarm_tells_the_topic_when_it_begins_and_when_it_ends(defaults: Alarms) -> None:
    told = [alarm[when] for alarm in defaults.values() for when in ("AlarmActions", "OKActions")]
    assert {readable(action) for actions in told for action in actions} == {"Topic"}


def test_a_function_that_is_not_invoked_is_no_reason_to_alarm(defaults: Alarms) -> None:
    assert {alarm["TreatMissingData"] for alarm in defaults.values()} == {"notBreaching"}


def test_an_alarm_says_of_what_function_and_what_is_the_case(defaults: Alarms) -> None:
    said = "Stack/Hello: 1 % of the invocations take 24 s or longer"
    assert defaults["Duration"]["AlarmDescription"] == said


def test_names_are_generated(defaults: Alarms) -> None:
    assert not any("AlarmName" in alarm for alarm in defaults.values())


def test_the_starts_are_read_out_of_the_functions_log(watched: cdk.Stack) -> None:
    [metric_filter] = resources(watched, "AWS::Logs::MetricFilter")
    assert readable(metric_filter["LogGroupName"]) == "HelloRoleLogs"
    [transformation] = metric_filter["MetricTransformations"]
    assert transformation["MetricValue"] == "$.record.metrics.initDurationMs"
    assert readable(transformation["MetricName"]) == "InitDuration-Hello"


def test_the_topic_takes_alarms_of_this_account_only(watched: cdk.Stack) -> None:
    [policy] = resources(watched, "AWS::SNS::TopicPolicy")
    [allowed] = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert (allowed["Principal"], allowed["Action"]) == (
        {"Service": "cloudwatch.amazonaws.com"},
        "sns:Publish",
    )
    assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_of_a_release_its_function_is_watched(stack: cdk.Stack, function: lambda_.Function) -> None:
    release = Release(stack, "Release", function=function)
    FunctionAlarms(stack, "Alarms", function=release, init_duration=None)
    [dimension] = alarms_of(stack)["Errors"]["Dimensions"]
    assert (dimension["Name"], readable(dimension["Value"])) == ("FunctionName", "Function")


def test_alarms_can_lie_in_another_stack(stack: cdk.Stack, source: Path) -> None:
    other = cdk.Stack(stack.node.root, "Watching")
    FunctionAlarms(other, "Alarms", function=hello(stack, source))
    assert len(resources(other, "AWS::CloudWatch::Alarm")) == 5
    assert resources(stack, "AWS::CloudWatch::Alarm") == []


def test_every_threshold_can_be_chosen(stack: cdk.Stack, function: lambda_.Function) -> None:
    queue = sqs.Queue(stack, "Work")
    FunctionAlarms(
        stack,
        "Alarms",
        function=function,
        errors=5,
        throttles=6,
        duration=cdk.Duration.millis(1500),
        dead_letters=7,
        queues=[queue],
        message_age=cdk.Duration.hours(1),
        iterator_age=cdk.Duration.minutes(2),
        init_duration=None,
    )
    assert {metric: alarm["Threshold"] for metric, alarm in alarms_of(stack).items()} == {
        "Errors": 5,
        "Throttles": 6,
        "Duration": 1500,
        "ApproximateNumberOfMessagesVisible": 7,
        "ApproximateAgeOfOldestMessage": 3600,
        "IteratorAge": 120_000,
    }


def test_every_queue_is_watched(stack: cdk.Stack, function: lambda_.Function) -> None:
    queues = [sqs.Queue(stack, f"Work{number}") for number in range(3)]
    dead = [DeadLetterQueue(stack, "Dead")]
    FunctionAlarms(
        stack, "Alarms", function=function, queues=queues, dead_letter_queues=dead, init_duration=None
    )
    names = [
        readable(dimension["Value"])
        for alarm in resources(stack, "AWS::CloudWatch::Alarm")
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "QueueName"
    ]
    assert names == ["Dead.QueueName", "Work0.QueueName", "Work1.QueueName", "Work2.QueueName"]


def test_a_function_without_a_dead_letter_queue_has_none_to_watch(
    stack: cdk.Stack, function_without_queue: lambda_.Function
) -> None:
    FunctionAlarms(stack, "Alarms", function=function_without_queue, init_duration=None)
    assert set(alarms_of(stack)) == {"Errors", "Throttles", "Duration"}


def test_where_the_function_has_no_timeout_of_its_own_lambdas_counts(
    stack: cdk.Stack, function_without_queue: lambda_.Function
) -> None:
    FunctionAlarms(stack, "Alarms", function=function_without_queue, init_duration=None, duration=0.5)
    assert alarms_of(stack)["Duration"]["Threshold"] == 1500


def test_failures_can_be_watched_as_a_share_of_all(stack: cdk.Stack, function: lambda_.Function) -> None:
    FunctionAlarms(stack, "Alarms", function=function, errors=None, error_rate=0.05, init_duration=None)
    rate = alarms_of(stack)["rate"]
    assert rate["Threshold"] == 0.05
    [expression] = [each for each in rate["Metrics"] if "Expression" in each]
    assert expression["Expression"] == "errors / MAX([errors, invocations])"
    terms = {
        each["Id"]: each["MetricStat"]["Metric"]["MetricName"]
        for each in rate["Metrics"]
        if "MetricStat" in each
    }
    assert terms == {"errors": "Errors", "invocations": "Invocations"}
    assert [each["Id"] for each in rate["Metrics"] if each.get("ReturnData", True)] == ["rate"]


def test_with_snap_start_restores_are_watched() -> None:
    stack = cdk.Stack(new_app(), "Stack")
    function = plain_function(
        stack,
        snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS,
        logging_format=lambda_.LoggingFormat.JSON,
    )
    FunctionAlarms(stack, "Alarms", function=function)
    [metric_filter] = resources(stack, "AWS::Logs::MetricFilter")
    assert "restoreDurationMs" in metric_filter["FilterPattern"]
    assert "RestoreDuration-Function" in alarms_of(stack)


def test_starts_are_read_out_of_text_where_the_log_is_text(source: Path) -> None:
    stack = cdk.Stack(new_app(), "Stack")
    function = hello(stack, source, log_format=lambda_.LoggingFormat.TEXT)
    FunctionAlarms(stack, "Alarms", function=function, metric_namespace="Shop")
    filters = resources(stack, "AWS::Logs::MetricFilter")
    assert [each["FilterPattern"].startswith("[report = REPORT") for each in filters] == [True, True]
    assert {each["MetricTransformations"][0]["MetricNamespace"] for each in filters} == {"Shop"}


def test_cdk_nag_finds_nothing(source: Path) -> None:
    app = new_app()
    stack = cdk.Stack(app, "Stack")
    topic = sns.Topic(stack, "Topic", enforce_ssl=True)
    FunctionAlarms(stack, "Alarms", function=hello(stack, source), notify=topic, composite=True)
    assert nag_findings(app) == []
