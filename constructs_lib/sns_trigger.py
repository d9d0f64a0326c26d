"""A topic that invokes a function."""

from collections.abc import Mapping

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.dead_letter_queue import dead_letters_of


class SnsTrigger(sns.Subscription):
    """Invokes a function with each message of a topic.

    SNS invokes asynchronously. A message that SNS cannot hand to Lambda ends in the dead-letter queue by the
    subscription, one that the function fails on three times by the function; both may be this queue.
    Its policy lets exactly this topic send.

    Args:
        scope: the parent construct.
        id: the construct's id.
        function: what is invoked.
        topic: where the messages come from.
        filter_policy: which messages, by their attributes. Default: all.
        dead_letter_queue: for messages that cannot be delivered. Default: the function's.

    Raises:
        NoDeadLetterQueueError: neither this trigger nor the function has one.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        function: lambda_.Function,
        topic: sns.ITopic,
        filter_policy: Mapping[str, sns.SubscriptionFilter] | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            topic=topic,
            protocol=sns.SubscriptionProtocol.LAMBDA,
            endpoint=function.function_arn,
            filter_policy=filter_policy,
            dead_letter_queue=dead_letters_of(id, function, dead_letter_queue),
        )
        lambda_.CfnPermission(
            self,
            "Permission",
            action="lambda:InvokeFunction",
            function_name=function.function_arn,
            principal=iam.ServicePrincipal("sns.amazonaws.com").service,
            source_arn=topic.topic_arn,
        )
