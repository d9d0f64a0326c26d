"""Which AWS services a function calls, read from what its role allows; plain data, no CDK.

The names of endpoints are those of https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html,
the prefixes and actions those of https://docs.aws.amazon.com/service-authorization/latest/reference/.
"""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

# Free, and routes instead of interfaces. https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
GATEWAYS = ("dynamodb", "s3", "s3express")

# An action's prefix and the endpoint that answers for it, where the two have different names.
_ENDPOINTS = {
    "airflow": "airflow.api",
    "appconfig": "appconfigdata",
    "aps": "aps-workspaces",
    "cloudwatch": "monitoring",
    "dynamodbstreams": "dynamodb-streams",
    "ecr": "ecr.api",
    "firehose": "kinesis-firehose",
    "iotdata": "iot.data",
    "kinesis": "kinesis-streams",
    "sagemaker": "sagemaker.api",
    "ses": "email",
    "tag": "tagging",
}

# Interface endpoints that functions usually need; for another name the CDK's own list is asked.
INTERFACES = frozenset(
    {
        *("acm-pca", "appconfig", "appconfigdata", "athena", "autoscaling", "backup", "batch", "bedrock"),
        *("bedrock-agent", "bedrock-agent-runtime", "bedrock-runtime", "cloudformation", "codebuild"),
        *("codepipeline", "cognito-idp", "comprehend", "config", "datasync", "ec2", "ecr.api", "ecr.dkr"),
        *("ecs", "eks", "elasticache", "elasticfilesystem", "email", "events", "execute-api", "glue"),
        *("kinesis-firehose", "kinesis-streams", "kms", "lambda", "logs", "monitoring", "pipes", "rds"),
        *("rds-data", "redshift-data", "rekognition", "sagemaker.api", "sagemaker.runtime", "scheduler"),
        *(
            "secretsmanager",
            "servicediscovery",
            "sns",
            "sqs",
            "ssm",
            "states",
            "sts",
            "sync-states",
            "tagging",
            "textract",
        ),
        *("transcribe", "translate", "verifiedpermissions", "xray"),
    }
)

# Actions that another endpoint answers for than the rest of their service.
_ENDPOINTS_OF_ACTIONS = {
    "bedrock:Converse*": "bedrock-runtime",
    "bedrock:InvokeModel*": "bedrock-runtime",
    "sagemaker:InvokeEndpoint*": "sagemaker.runtime",
    "states:StartSyncExecution": "sync-states",
}

# No call of the function's own code goes out for these.
_NOT_CALLED = (
    # Lambda's own doing, in its own network: the log, traces, a function's network interfaces.
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:*",
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "ec2:UnassignPrivateIpAddresses",
    # The polling of event source mappings. https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "kinesis:DescribeStream*",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kinesis:ListStreams",
    "kinesis:SubscribeToShard",
    "kafka:*",
    "kafka-cluster:*",
    # What S3, SQS, SNS, DynamoDB and Secrets Manager call KMS for, in the caller's name.
    # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
    # Permissions without an API: tokens are signed where they are used, connections are those of the VPC.
    "dax:*",
    "elasticache:Connect",
    "elasticfilesystem:Client*",
    "es:ESHttp*",
    "iam:PassRole",
    "memorydb:Connect",
    "rds-db:connect",
    "vpc-lattice-svcs:Invoke",
)


def endpoint_of(service: str) -> str:
    """The name of the endpoint for a service, which may be given as an IAM policy names it."""
    return _ENDPOINTS.get(service, service)


def endpoints_called(statements: Iterable[Mapping[str, Any]], sent_by_lambda: Iterable[Any]) -> set[str]:
    """The endpoints that a function with these permissions needs.

    Args:
        statements: of the role's policies, as a template has them.
        sent_by_lambda: what Lambda itself sends to for the function: dead-letter queues and destinations.
    """
    own = list(sent_by_lambda)
    return {
        _endpoint(action)
        for statement in statements
        if statement.get("Effect") == "Allow"
        for action in _listed(statement.get("Action"))
        if _is_called(action) and not _is_sent_by_lambda(action, statement, own)
    }


def _endpoint(action: str) -> str:
    for pattern, endpoint in _ENDPOINTS_OF_ACTIONS.items():
        if fnmatchcase(action, pattern):
            return endpoint
    return endpoint_of(action.partition(":")[0])


def _is_called(action: str) -> bool:
    return ":" in action and not any(fnmatchcase(action, pattern) for pattern in _NOT_CALLED)


# What Lambda does with a dead-letter queue or a destination.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
_SENDING = ("events:PutEvents", "lambda:InvokeFunction", "s3:PutObject", "sns:Publish", "sqs:SendMessage")


def _is_sent_by_lambda(action: str, statement: Mapping[str, Any], own: list[Any]) -> bool:
    resources = list(_listed(statement.get("Resource")))
    return action in _SENDING and bool(resources) and all(resource in own for resource in resources)


def _listed(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value
