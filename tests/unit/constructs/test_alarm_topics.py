"""FunctionAlarms: who is told, and what a topic needs to be reached."""

import aws_cdk as cdk
import pytest
from alarms import alarms_of
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns

from constructs_lib import FunctionAlarms
from constructs_lib.watching.errors import UnreachableTopicError
from tests.synthesis import readable, resources


def test_a_topic_is_allowed_once_for_many_functions(stack: cdk.Stack, function: lambda_.Function) -> None:
    topic = sns.Topic(stack, "Topic")
    for name in ("One", "Two"):
        FunctionAlarms(stack, name, function=function, notify=topic, init_duration=None)
    [policy] = resources(stack, "AWS::SNS::TopicPolicy")
    assert len(policy["PolicyDocument"]["Statement"]) == 1


def test_nobody_is_told_by_default(stack: cdk.Stack, function: lambda_.Function) -> None:
    FunctionAlarms(stack, "Alarms", function=function, init_duration=None)
    assert not any("AlarmActions" in alarm for alarm in alarms_of(stack).values())


def test_one_alarm_can_tell_for_all(stack: cdk.Stack, function: lambda_.Function) -> None:
    topic = sns.Topic(stack, "Topic")
    FunctionAlarms(stack, "Alarms", function=function, notify=topic, composite=True, init_duration=None)
    [composite] = resources(stack, "AWS::CloudWatch::CompositeAlarm")
    assert [readable(action) for action in composite["AlarmActions"]] == ["Topic"]
    assert readable(composite["AlarmRule"]).count("ALARM(") == 4
    assert not any("AlarmActions" in alarm for alarm in alarms_of(stack).values())


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
