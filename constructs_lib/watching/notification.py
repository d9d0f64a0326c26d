"""Who hears of an alarm: a topic that CloudWatch has to be let publish to.

Sources:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
"""

from functools import cache
from typing import TYPE_CHECKING, Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns

from constructs_lib.watching.errors import UnreachableTopicError

if TYPE_CHECKING:
    from collections.abc import Hashable

_KEY_OF_SNS = "alias/aws/sns"
KEY_WARNING = "thaw:topic-key"


def arn_for_alarms(topic: sns.ITopic) -> str:
    """The ARN of a topic that CloudWatch may publish to for this account's alarms, from now on.

    An imported topic has a policy of its own, which is not this application's to change; SNS's default allows its
    account's alarms.

    Warnings:
        thaw:topic-key: the topic's key is imported; its policy has to allow CloudWatch.

    Raises:
        UnreachableTopicError: it is a FIFO topic, or encrypted with AWS's own key for SNS.
    """
    return _allowed(cast("Hashable", topic))


@cache
def _allowed(topic: Any) -> str:  # one statement for a topic, however many alarms
    if topic.fifo:
        raise UnreachableTopicError(
            f"{topic.node.path} cannot be told of alarms",
            received="a FIFO topic",
            allowed="a standard topic",
            change="give notify a standard topic",
        )
    _allow_key(topic)
    topic.add_to_resource_policy(_for_alarms(topic, ["sns:Publish"], topic.topic_arn))
    return str(topic.topic_arn)


def _allow_key(topic: sns.ITopic) -> None:
    resource = topic.node.default_child
    key_id = resource.kms_master_key_id if isinstance(resource, sns.CfnTopic) else None
    if key_id is None:
        return
    if key_id.endswith(_KEY_OF_SNS):
        raise UnreachableTopicError(
            f"{topic.node.path} cannot be told of alarms: its messages are encrypted with a key that CloudWatch may not use",
            received=_KEY_OF_SNS,
            allowed="a customer managed key, or none; the policy of AWS's own key cannot be changed",
            change="give the topic master_key=kms.Key(...), or leave master_key out",
        )
    key = topic.master_key
    # In a key's policy the star is the key itself.
    added = key is not None and key.add_to_resource_policy(
        _for_alarms(topic, ["kms:Decrypt", "kms:GenerateDataKey"], "*")
    )
    if not added or not added.statement_added:
        cdk.Annotations.of(topic).add_warning_v2(
            KEY_WARNING,
            f"the key of {topic.node.path} is not this application's: if its policy does not allow cloudwatch.amazonaws.com "
            "kms:Decrypt and kms:GenerateDataKey, nobody is told of alarms",
        )


def _for_alarms(topic: sns.ITopic, actions: list[str], resource: str) -> iam.PolicyStatement:
    """Lets CloudWatch act for the alarms of the topic's account, and no other."""
    return iam.PolicyStatement(
        actions=actions,
        resources=[resource],
        principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
        conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(topic).account}},
    )
