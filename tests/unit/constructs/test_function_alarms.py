"""FunctionAlarms: what has to be heard of when a function does badly."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs_lib import CustomRuntimeFunction, DeadLetterQueue, FunctionAlarms, Release
from constructs_lib.errors import WrongPropError
from constructs_lib.triggers.errors import UnsuitableTargetError
from constructs_lib.watching.errors import NothingToWatchError, UnreachableTopicError
from tests.nagging import nag_findings
from tests.synthesis import FLAGS, new_app, readable, resources

Alarms = dict[str, dict[str, Any]]


def alarms_of(stack: cdk.Stack) -> Alarms:
    """The alarms by the ends of their descriptions' owners: metric and statistic."""
    found = resources(stack, "AWS::CloudWatch::Alarm")
    return {readable(each.get("MetricName", "rate")): each for each in found}


def hello(stack: cdk.Stack, source: Path, **props: Any) -> CustomRuntimeFunction:
    return CustomRuntimeFunction(stack, "Hello", source=source, handler="handler.handle", **props)


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


def test_a_topic_is_allowed_once_for_many_functions(stack: cdk.Stack, function: lambda_.Function) -> None:
    topic = sns.Topic(stack, "Topic")
    for name in ("One", "Two"):
        FunctionAlarms(stack, name, function=function, notify=topic, init_duration=None)
    [policy] = resources(stack, "AWS::SNS::TopicPolicy")
    assert len(policy["PolicyDocument"]["Statement"]) == 1


def test_nobody_is_told_by_default(stack: cdk.Stack, function: lambda_.Function) -> None:
    FunctionAlarms(stack, "Alarms", function=function, init_duration=None)
    assert not any("AlarmActions" in alarm for alarm in alarms_of(stack).values())


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


def test_one_alarm_can_tell_for_all(stack: cdk.Stack, function: lambda_.Function) -> None:
    topic = sns.Topic(stack, "Topic")
    FunctionAlarms(stack, "Alarms", function=function, notify=topic, composite=True, init_duration=None)
    [composite] = resources(stack, "AWS::CloudWatch::CompositeAlarm")
    assert [readable(action) for action in composite["AlarmActions"]] == ["Topic"]
    assert readable(composite["AlarmRule"]).count("ALARM(") == 4
    assert not any("AlarmActions" in alarm for alarm in alarms_of(stack).values())


def test_with_snap_start_restores_are_watched() -> None:
    stack = cdk.Stack(new_app(), "Stack")
    function = lambda_.Function(
        stack,
        "Function",
        code=lambda_.Code.from_inline("-"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_13,
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


def test_cloudwatch_may_use_the_topics_own_key(stack: cdk.Stack, function: lambda_.Function) -> None:
    topic = sns.Topic(stack, "Topic", master_key=kms.Key(stack, "Key"))
    FunctionAlarms(stack, "Alarms", function=function, notify=topic, init_duration=None)
    [key] = resources(stack, "AWS::KMS::Key")
    [allowed] = [each for each in key["KeyPolicy"]["Statement"] if "Service" in each["Principal"]]
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allowed["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_of_an_imported_key_a_warning_says_what_its_policy_needs(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    arn = "arn:aws:kms:eu-north-1:111111111111:key/1"
    topic = sns.Topic(stack, "Topic", master_key=kms.Key.from_key_arn(stack, "Key", arn))
    FunctionAlarms(stack, "Alarms", function=function, notify=topic, init_duration=None)
    [warning] = cdk.assertions.Annotations.from_stack(stack).find_warning(
        "*", cdk.assertions.Match.string_like_regexp("cloudwatch.amazonaws.com.*thaw:topic-key")
    )
    assert warning.id == "/Stack/Topic"


def test_a_topic_with_the_key_that_cloudwatch_may_not_use_is_refused(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    key = kms.Alias.from_alias_name(stack, "Key", "alias/aws/sns")
    topic = sns.Topic(stack, "Topic", master_key=key)
    with pytest.raises(UnreachableTopicError, match="alias/aws/sns"):
        FunctionAlarms(stack, "Alarms", function=function, notify=topic)


def test_a_fifo_topic_is_refused(stack: cdk.Stack, function: lambda_.Function) -> None:
    with pytest.raises(UnreachableTopicError, match="FIFO"):
        FunctionAlarms(stack, "Alarms", function=function, notify=sns.Topic(stack, "Topic", fifo=True))


def test_an_imported_topic_is_told_under_its_own_policy(stack: cdk.Stack, function: lambda_.Function) -> None:
    topic = sns.Topic.from_topic_arn(stack, "Topic", "arn:aws:sns:eu-north-1:111111111111:pager")
    FunctionAlarms(stack, "Alarms", function=function, notify=topic, init_duration=None)
    assert resources(stack, "AWS::SNS::TopicPolicy") == []
    assert alarms_of(stack)["Errors"]["AlarmActions"] == ["arn:aws:sns:eu-north-1:111111111111:pager"]


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
    function = lambda_.Function(
        stack,
        "Function",
        code=lambda_.Code.from_inline("-"),
        handler="i.h",
        runtime=lambda_.Runtime.PYTHON_3_13,
    )
    with pytest.raises(NothingToWatchError, match="no log group"):
        FunctionAlarms(stack, "Alarms", function=function)


def test_starts_of_a_function_whose_log_leaves_reports_out_are_refused() -> None:
    stack = cdk.Stack(new_app(), "Stack")
    function = lambda_.Function(
        stack,
        "Function",
        code=lambda_.Code.from_inline("-"),
        handler="i.h",
        runtime=lambda_.Runtime.PYTHON_3_13,
        logging_format=lambda_.LoggingFormat.JSON,
        system_log_level_v2=lambda_.SystemLogLevel.WARN,
    )
    with pytest.raises(NothingToWatchError, match="WARN"):
        FunctionAlarms(stack, "Alarms", function=function)


def test_an_imported_function_is_refused(stack: cdk.Stack) -> None:
    imported: Any = lambda_.Function.from_function_name(stack, "Imported", "theirs")
    with pytest.raises(UnsuitableTargetError):
        FunctionAlarms(stack, "Alarms", function=imported)


def test_cdk_nag_finds_nothing(source: Path) -> None:
    app = new_app()
    stack = cdk.Stack(app, "Stack")
    topic = sns.Topic(stack, "Topic", enforce_ssl=True)
    FunctionAlarms(stack, "Alarms", function=hello(stack, source), notify=topic, composite=True)
    assert nag_findings(app) == []
