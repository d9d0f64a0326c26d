"""Where the events of asynchronous invocations end that failed every time."""

from collections.abc import Mapping
from typing import Any

import jsii
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.functions.dead_letter_queue import DeadLetterQueue
from constructs_lib.permissions.delivery import arn_of, deliver, use_key_of

FailureTarget = sqs.IQueue | sns.ITopic | lambda_.IFunction | events.IEventBus


@jsii.implements(lambda_.IDestination)
class Destination:
    """A destination that grants nothing; the CDK's own grant more than is needed."""

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def bind(
        self,
        scope: Construct,  # noqa: ARG002 - the interface's
        fn: lambda_.IFunction,  # noqa: ARG002 - the interface's
        *,
        type: lambda_.DestinationType,  # noqa: A002, ARG002 - the interface's
    ) -> lambda_.DestinationConfig:
        """What the function's configuration holds; called by the CDK."""
        return lambda_.DestinationConfig(destination=self._arn)


def failed_events(scope: Construct, id: str, given: Mapping[str, Any], role: iam.Role) -> dict[str, Any]:  # noqa: A002 - the CDK's word
    """The props of ``aws_lambda.Function`` about failed events, and what the role needs for them.

    Args:
        scope: where a new queue is made, as ``<id>DeadLetterQueue``.
        id: the function's id.
        given: props of the function.
        role: of the function.
    """
    if (target := given.get("on_failure")) is not None:
        for statement in deliver(target):
            role.add_to_policy(statement)
        return {"on_failure": Destination(arn_of(target))}
    queue = given.get("dead_letter_queue") or DeadLetterQueue(scope, f"{id}DeadLetterQueue")
    if not isinstance(queue, DeadLetterQueue):
        # The CDK grants sqs:SendMessage and forgets the key: without it Lambda drops the events.
        for statement in use_key_of(queue):
            role.add_to_policy(statement)
    return {"dead_letter_queue": queue}
