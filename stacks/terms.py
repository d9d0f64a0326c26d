"""An environment's plain values in the CDK's terms."""

from typing import TypedDict

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from stacks.environment import Environment

RETENTION = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    5: logs.RetentionDays.FIVE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    60: logs.RetentionDays.TWO_MONTHS,
    90: logs.RetentionDays.THREE_MONTHS,
    120: logs.RetentionDays.FOUR_MONTHS,
    150: logs.RetentionDays.FIVE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
    400: logs.RetentionDays.THIRTEEN_MONTHS,
    545: logs.RetentionDays.EIGHTEEN_MONTHS,
    731: logs.RetentionDays.TWO_YEARS,
    1096: logs.RetentionDays.THREE_YEARS,
    1827: logs.RetentionDays.FIVE_YEARS,
    2192: logs.RetentionDays.SIX_YEARS,
    2557: logs.RetentionDays.SEVEN_YEARS,
    2922: logs.RetentionDays.EIGHT_YEARS,
    3288: logs.RetentionDays.NINE_YEARS,
    3653: logs.RetentionDays.TEN_YEARS,
}


class StackTerms(TypedDict):
    """Of every stack of an environment, in the words of ``cdk.Stack``."""

    env: cdk.Environment
    termination_protection: bool


def stack(environment: Environment) -> StackTerms:
    """Where the environment's stacks go, what is ``None`` being left to the CDK CLI, and whether they can be destroyed."""
    return {
        "env": cdk.Environment(account=environment.account, region=environment.region),
        "termination_protection": environment.termination_protection,
    }


def removal_policy(environment: Environment) -> cdk.RemovalPolicy:
    """What becomes of stateful resources."""
    return cdk.RemovalPolicy.DESTROY if environment.removal == "destroy" else cdk.RemovalPolicy.RETAIN


def architecture(environment: Environment) -> lambda_.Architecture:
    """The functions' instruction set."""
    return {"x86_64": lambda_.Architecture.X86_64, "arm64": lambda_.Architecture.ARM_64}[
        environment.architecture
    ]


def runtime(environment: Environment) -> lambda_.Runtime:
    """The functions' operating system."""
    return {
        "provided.al2023": lambda_.Runtime.PROVIDED_AL2023,
        "provided.al2": lambda_.Runtime.PROVIDED_AL2,
    }[environment.runtime]
