"""What a synthesis finds wrong."""

from contextlib import suppress

import aws_cdk as cdk


def annotations(stack: cdk.Stack, kind: str) -> list[str]:
    """What is noted of a kind such as ``aws:cdk:warning`` at anything in a stack, also by the synthesis."""
    # With the flag annotationsInValidationReport an error ends the synthesis, unless the CDK CLI is in charge.
    with suppress(RuntimeError):
        cdk.App.of(stack).synth()
    nodes = [construct.node for construct in stack.node.find_all()]
    return [str(each.data) for node in nodes for each in node.metadata if each.type == kind]


def errors(stack: cdk.Stack) -> list[str]:
    """The errors among them."""
    return annotations(stack, "aws:cdk:error")
