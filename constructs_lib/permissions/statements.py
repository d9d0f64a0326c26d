"""Statements of a policy, each with exactly the actions that its purpose needs."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
NETWORK_INTERFACE_ACTIONS = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)


def network_interfaces() -> tuple[iam.PolicyStatement, iam.PolicyStatement]:
    """Lets Lambda make a function's network interfaces, and the function's own code touch none.

    Lambda tests the actions without naming a resource, so they cannot be bound to one. What runs inside a
    function carries ``lambda:SourceFunctionArn`` in its requests, what Lambda does for it does not.
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """
    actions = list(NETWORK_INTERFACE_ACTIONS)
    return (
        iam.PolicyStatement(actions=actions, resources=["*"]),
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=actions,
            resources=["*"],
            conditions={"Null": {"lambda:SourceFunctionArn": "false"}},
        ),
    )


def flow_logs_service(stack: cdk.Stack) -> iam.PrincipalBase:
    """VPC Flow Logs, on behalf of no other account's flow logs.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """
    return iam.ServicePrincipal(
        "vpc-flow-logs.amazonaws.com",
        conditions={
            "StringEquals": {"aws:SourceAccount": stack.account},
            "ArnLike": {
                "aws:SourceArn": stack.format_arn(service="ec2", resource="vpc-flow-log", resource_name="*")
            },
        },
    )


def write_flow_logs(log_group: logs.ILogGroup) -> iam.PolicyStatement:
    """Lets VPC Flow Logs write one log group, which exists already.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """
    return iam.PolicyStatement(
        actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        resources=[log_group.log_group_arn],
    )
