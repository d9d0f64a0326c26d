"""How every function of this library is run, whatever its code is packed as."""

from typing import TypedDict

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.dead_letter_queue import DeadLetterQueue
from constructs_lib.log_role import LogRole


class Operations(TypedDict):
    """Props of ``aws_lambda.Function`` that follow from how a function is operated."""

    role: iam.IRole
    log_group: logs.ILogGroup
    dead_letter_queue: sqs.IQueue
    memory_size: int
    timeout: cdk.Duration


def operations(
    scope: Construct,
    id: str,  # noqa: A002 - the CDK's word
    *,
    memory_size: int | None,
    timeout: cdk.Duration | None,
    log_group: logs.ILogGroup | None,
    log_retention: logs.RetentionDays | None,
    log_removal_policy: cdk.RemovalPolicy | None,
    dead_letter_queue: sqs.IQueue | None,
) -> Operations:
    """Role, log group, dead-letter queue, memory and timeout of the function ``id``.

    What has to be made is made beside the function, as ``<id>Role`` and ``<id>DeadLetterQueue``: a construct
    cannot have children before it exists itself.
    """
    role = LogRole(
        scope,
        f"{id}Role",
        log_group=log_group,
        retention=log_retention,
        removal_policy=log_removal_policy,
    )
    return Operations(
        role=role,
        log_group=role.log_group,
        dead_letter_queue=dead_letter_queue or DeadLetterQueue(scope, f"{id}DeadLetterQueue"),
        memory_size=512 if memory_size is None else memory_size,
        timeout=timeout or cdk.Duration.seconds(30),
    )
