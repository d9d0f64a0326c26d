"""What a release consists of."""

from typing import Any

import aws_cdk as cdk

from tests.synthesis import resources


def only(stack: cdk.Stack, kind: str) -> dict[str, Any]:
    """The one resource of a type."""
    [found] = resources(stack, kind)
    return found
