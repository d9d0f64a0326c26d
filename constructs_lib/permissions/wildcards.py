"""Statements that AWS takes for ``Resource: "*"`` alone."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam


def write_traces() -> iam.PolicyStatement:
    """Lets a function send its traces to X-Ray.

    Neither action can be bound to a resource:
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    """
    return iam.PolicyStatement(actions=["xray:PutTelemetryRecords", "xray:PutTraceSegments"], resources=["*"])


def allow_any_resource(
    role: iam.Role,
    id: str,  # noqa: A002 - the CDK's word
    statements: Sequence[iam.PolicyStatement],
    reason: str,
) -> None:
    """Adds statements to a role as a policy of their own, and tells cdk-nag's AwsSolutions rules why.

    A policy of their own, so that the acknowledgement covers no other wildcard that the role may be given.
    """
    policy = iam.Policy(role, id, roles=[role], statements=list(statements))
    cdk.Validations.of(policy).acknowledge(
        cdk.Acknowledgment(id="AwsSolutions-IAM5[Resource::*]", reason=reason)
    )
