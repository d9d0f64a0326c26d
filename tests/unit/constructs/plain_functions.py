"""Functions of the CDK's own."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_


def plain_function(stack: cdk.Stack, id_: str = "Function", **props: Any) -> lambda_.Function:
    """One of Python, which is never run."""
    return lambda_.Function(
        stack,
        id_,
        code=lambda_.Code.from_inline("-"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_13,
        **props,
    )
