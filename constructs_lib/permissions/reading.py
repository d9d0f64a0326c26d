"""Statements that let a role read what is configured by name: one object, parameters, secrets, each with nothing beside it."""

from collections.abc import Iterable, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam


def read_object(arn: str) -> iam.PolicyStatement:
    """Lets a role get one object of a bucket, not list its neighbours."""
    return iam.PolicyStatement(actions=["s3:GetObject"], resources=[arn])


def read_parameters(arns: Iterable[str]) -> iam.PolicyStatement:
    """Lets a role get parameters by name; one call gets ten of them."""
    return iam.PolicyStatement(actions=["ssm:GetParameters"], resources=list(arns))


def read_secrets(arns: Iterable[str]) -> iam.PolicyStatement:
    """Lets a role get the values of secrets."""
    return iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=list(arns))


def decrypt(key_arns: Iterable[str], services: Sequence[str], region: str) -> iam.PolicyStatement:
    """Lets a role have ``services`` decrypt for it, and decrypt nothing by itself.

    Only customer managed keys need it: AWS's own let the services decrypt for whoever may read.
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    via = [f"{service}.{region}.amazonaws.com" for service in services]
    return iam.PolicyStatement(
        actions=["kms:Decrypt"],
        resources=list(key_arns),
        conditions={"StringEquals": {"kms:ViaService": via}},
    )


def secret_arn(stack: cdk.Stack, secret: str) -> str:
    """The ARN of a secret for a policy, from its full ARN or from its name.

    Secrets Manager ends the ARN of every secret in a hyphen and six characters of its own choice.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
    """
    if secret.startswith("arn:"):
        return secret
    return stack.format_arn(
        service="secretsmanager",
        resource="secret",
        resource_name=f"{secret}-??????",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )


def parameter_arn(stack: cdk.Stack, parameter: str) -> str:
    """The ARN of a parameter for a policy, from its ARN or from its name.

    A name's first slash is not doubled, and AWS's own public parameters belong to no account.
    https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html
    """
    if parameter.startswith("arn:"):
        return parameter
    return stack.format_arn(
        service="ssm",
        account="" if parameter.startswith("/aws/service/") else None,
        resource="parameter",
        resource_name=parameter.removeprefix("/"),
    )
