"""What a role needs to hand an event to something: one action on one resource, and the use of that resource's key."""

from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

# By the attribute with the ARN.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
ACTIONS = {
    "queue_arn": "sqs:SendMessage",
    "topic_arn": "sns:Publish",
    "function_arn": "lambda:InvokeFunction",
    "event_bus_arn": "events:PutEvents",
}
_KEYS = {"queue_arn": "encryption_master_key", "topic_arn": "master_key"}


def kind_of(target: Any) -> str | None:
    """Which of ``ACTIONS`` leads to a queue, topic, function or event bus; None for anything else."""
    return next((name for name in ACTIONS if hasattr(target, name)), None)


def arn_of(target: Any) -> str:
    """The ARN of a queue, topic, function or event bus."""
    return str(getattr(target, kind_of(target) or ""))


def deliver(target: Any) -> list[iam.PolicyStatement]:
    """Lets a role put events into a queue, topic, function or event bus.

    The CDK's ``grant_send_messages`` lets it read the queue's attributes besides, which Lambda does not ask for.
    """
    return [
        iam.PolicyStatement(actions=[ACTIONS[kind_of(target) or ""]], resources=[arn_of(target)]),
        *use_key_of(target),
    ]


def use_key_of(target: Any) -> list[iam.PolicyStatement]:
    """Lets a role put events into a queue or topic as far as the key is concerned that encrypts it, if it has one.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    key: kms.IKey | None = getattr(target, _KEYS.get(kind_of(target) or "", ""), None)
    if key is None:
        return []
    return [iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn])]
