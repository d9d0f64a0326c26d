"""An execution role that can do nothing but write its own log."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.constructors import checked
from constructs_lib.errors import ConflictingPropsError


@checked
class LogRole(iam.Role):
    """Lambda's execution role with two actions on one log group, and no managed policy.

    The actions are CreateLogStream and PutLogEvents, on the ARN that the log group itself reports
    (``...:log-group:NAME:*``, the form that covers its streams). CreateLogGroup is left out: the log group
    is a resource of the stack, so that its retention and removal are the stack's. It gets a generated name,
    because Lambda creates ``/aws/lambda/...`` groups by itself and would race with the stack.

    Everything else a function may do is granted to this role by name.

    Args:
        scope: the parent construct.
        id: the construct's id.
        log_group: an existing log group. Default: a new one in this role.
        retention: how long the new log group keeps events. Default: one month.
        removal_policy: what becomes of the new log group when it leaves the stack. Default: it stays.

    Attributes:
        log_group: the one log group this role can write.

    Raises:
        ConflictingPropsError: ``retention`` or ``removal_policy`` is given beside ``log_group``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        log_group: logs.ILogGroup | None = None,
        retention: logs.RetentionDays | None = None,
        removal_policy: RemovalPolicy | None = None,
    ) -> None:
        of_a_new_one = {"retention": retention, "removal_policy": removal_policy}
        given = [name for name, value in of_a_new_one.items() if value is not None]
        if log_group is not None and given:
            raise ConflictingPropsError(
                f"{Place(scope, id)} is told both which log group to write and how to make one",
                received=f"log_group and {' and '.join(given)}",
                allowed="log_group, or retention and removal_policy",
                change="set retention and removal policy where the log group is made",
            )
        super().__init__(scope, id, assumed_by=asked_once.lambda_service())
        self.log_group = log_group or logs.LogGroup(
            self,
            "Logs",
            retention=retention or logs.RetentionDays.ONE_MONTH,
            removal_policy=removal_policy or RemovalPolicy.RETAIN,
        )
        self.log_group.grant_write(self)
