"""What the CDK is asked once.

Every question to a CDK object is a message to its Node process and back, about half a millisecond. An application with
hundreds of functions asks the same ones hundreds of times. The answers are kept for good, as jsii keeps the objects.
"""

import math
from dataclasses import dataclass
from functools import cache

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IConstruct


@cache
def path_of(construct: Construct) -> str:
    """The construct's path from the application down."""
    return str(construct.node.path)


@cache
def stack_of(construct: IConstruct) -> cdk.Stack:
    """The stack that the construct is in."""
    return construct if isinstance(construct, cdk.Stack) else cdk.Stack.of(construct)


@cache
def region_of(stack: cdk.Stack) -> str:
    """The region of a stack, a token where it is not known."""
    return stack.region


@cache
def bundling_required(stack: cdk.Stack) -> bool:
    """Whether the CDK was asked for this stack, so that its assets are needed."""
    return stack.bundling_required


@cache
def name_of(fact: lambda_.Runtime | lambda_.Architecture) -> str:
    """The name by which Lambda's API knows a runtime or an architecture."""
    return fact.name


@cache
def x86_64() -> lambda_.Architecture:
    """Lambda's default instruction set."""
    return lambda_.Architecture.X86_64


@cache
def provided_al2023() -> lambda_.Runtime:
    """The newest OS-only runtime."""
    return lambda_.Runtime.PROVIDED_AL2023


@cache
def lambda_service() -> iam.ServicePrincipal:
    """Lambda itself, as who may assume a role."""
    return iam.ServicePrincipal("lambda.amazonaws.com")


@cache
def seconds(count: int) -> cdk.Duration:
    """A duration."""
    return cdk.Duration.seconds(count)


@cache
def days(count: int) -> cdk.Duration:
    """A duration."""
    return cdk.Duration.days(count)


@dataclass(frozen=True)
class PathOf:
    """A construct, as text its path, which is asked for when a message needs it."""

    construct: Construct

    def __str__(self) -> str:
        return path_of(self.construct)


@dataclass(frozen=True)
class Place:
    """Where a construct will be, likewise."""

    scope: Construct
    id: str

    def __str__(self) -> str:
        return f"{path_of(self.scope)}/{self.id}"


def is_unresolved(value: object) -> bool:
    """Whether only the deployment will know ``value``; text is recognised without asking.

    The form of a token in a text is public: https://docs.aws.amazon.com/cdk/v2/guide/tokens.html
    """
    if isinstance(value, str):
        return "${Token[" in value
    # A number is a float of a particular form. Anything else is an IResolvable, and what is none cannot be handed over at all.
    is_number = isinstance(value, float) and math.isfinite(value)
    return (is_number or hasattr(value, "creation_stack")) and bool(cdk.Token.is_unresolved(value))
