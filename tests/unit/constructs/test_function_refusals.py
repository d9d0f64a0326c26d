"""A function of every class is refused where its operational props could not be deployed."""

from typing import Any

import pytest

from constructs_lib import DeadLetterQueue
from constructs_lib.errors import ConflictingPropsError, UnknownPropError, WrongPropError
from tests.synthesis import new_app
from tests.unit.constructs.functions_of_each_class import CLASSES, Make

import aws_cdk as cdk  # isort: skip
from aws_cdk import aws_lambda as lambda_  # isort: skip
from aws_cdk import aws_lambda_destinations as destinations  # isort: skip
from aws_cdk import aws_logs as logs  # isort: skip
from aws_cdk import aws_sqs as sqs  # isort: skip


@pytest.fixture(params=CLASSES, ids=lambda make: make.__name__)
def make(request: pytest.FixtureRequest) -> Make:
    """Makes a function of one of the classes, called Hello."""
    chosen: Make = request.param
    return chosen


@pytest.fixture
def plain() -> cdk.Stack:
    """An empty stack, for what does not depend on feature flags."""
    return cdk.Stack(new_app(), "Stack")


@pytest.fixture(scope="module")
def untouched() -> cdk.Stack:
    """A stack that nothing is ever put into."""
    return cdk.Stack(new_app(), "Stack")


def test_a_log_group_and_a_retention_are_refused_together(make: Make, plain: cdk.Stack) -> None:
    group = logs.LogGroup(plain, "Shared")
    with pytest.raises(ConflictingPropsError):
        make(plain, log_group=group, log_retention=logs.RetentionDays.ONE_DAY)


def test_a_dead_letter_queue_and_a_destination_are_refused_together(make: Make, plain: cdk.Stack) -> None:
    queue = DeadLetterQueue(plain, "Shared")
    with pytest.raises(ConflictingPropsError, match="dead_letter_queue and on_failure"):
        make(plain, dead_letter_queue=queue, on_failure=queue)


WRONG: dict[str, tuple[str, Any]] = {
    "an architecture as text": ("architecture", "arm64"),
    "an architecture of nobody": ("architecture", lambda_.Architecture.custom("riscv64")),
    "too little memory": ("memory_size", 127),
    "memory as text": ("memory_size", "512"),
    "a timeout without unit": ("timeout", 30),
    "a timeout of half a second": ("timeout", cdk.Duration.millis(500)),
    "too long a timeout": ("timeout", cdk.Duration.minutes(16)),
    "a reserved variable": ("environment", {"AWS_REGION": "eu-north-1"}),
    "a variable with a hyphen": ("environment", {"MY-COLOUR": "blue"}),
    "a number as a variable": ("environment", {"COUNT": 3}),
    "too much storage": ("ephemeral_storage_size", cdk.Size.gibibytes(11)),
    "a storage without unit": ("ephemeral_storage_size", 512),
    "too long a description": ("description", "x" * 257),
    "a name with a space": ("function_name", "say hello"),
    "a name that is too long": ("function_name", "x" * 65),
    "tracing as text": ("tracing", "Active"),
    "a negative concurrency": ("reserved_concurrent_executions", -1),
    "what is no layer": ("layers", ["arn:aws:lambda:eu-north-1:123456789012:layer:tools:1"]),
    "a dead-letter queue as text": ("dead_letter_queue", "arn:aws:sqs:eu-north-1:123456789012:letters"),
    "a destination of the CDK": ("on_failure", "arn:aws:sqs:eu-north-1:123456789012:letters"),
    "too many attempts": ("retry_attempts", 3),
    "too old an event": ("max_event_age", cdk.Duration.hours(7)),
    "a log group as text": ("log_group", "/aws/lambda/hello"),
    "a retention as a number": ("log_retention", 30),
    "a removal as text": ("log_removal_policy", "destroy"),
    "a format as text": ("log_format", "JSON"),
    "a VPC's id": ("network", "vpc-12345"),
    "a configuration's file": ("config", "config.toml"),
}


@pytest.mark.parametrize(("name", "value"), WRONG.values(), ids=WRONG.keys())
def test_what_lambda_would_not_take_is_refused(
    make: Make, untouched: cdk.Stack, name: str, value: Any
) -> None:
    with pytest.raises(WrongPropError) as caught:
        make(untouched, **{name: value})
    assert caught.value.what == f"Stack/Hello: its {name} cannot be deployed"
    assert None not in (caught.value.received, caught.value.allowed, caught.value.change)
    assert untouched.node.children == []


def test_a_destination_of_the_cdk_is_refused_because_it_grants_more(make: Make, plain: cdk.Stack) -> None:
    with pytest.raises(WrongPropError, match="without SqsDestination"):
        make(plain, on_failure=destinations.SqsDestination(sqs.Queue(plain, "To")))


@pytest.mark.parametrize("prop", ["dead_letter_queue", "on_failure"])
def test_a_fifo_queue_is_refused(make: Make, plain: cdk.Stack, prop: str) -> None:
    with pytest.raises(WrongPropError, match="not FIFO"):
        make(plain, **{prop: sqs.Queue(plain, "To", fifo=True)})


def test_a_prop_that_does_not_exist_is_refused_with_the_one_that_was_meant(
    make: Make, plain: cdk.Stack
) -> None:
    with pytest.raises(UnknownPropError, match=r"change: did you mean memory_size\?") as caught:
        make(plain, memory_sise=512)
    assert (caught.value.received, caught.value.what[:11]) == ("memory_sise", "Stack/Hello")


def test_variables_over_the_limit_are_an_error_of_the_synthesis(make: Make, plain: cdk.Stack) -> None:
    function = make(plain)
    function.add_environment("LARGE", "x" * 4096)
    with pytest.raises(RuntimeError):
        cdk.App.of(plain).synth()
    errors = [str(each.data) for each in function.node.metadata if each.type == "aws:cdk:error"]
    assert [error.partition(":")[0] for error in errors] == ["THAW008"]
