"""Whatever a prop is given, the answer is an error of this library, or there was nothing to say."""

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from wrong_uses import World

from constructs_lib import (
    ContainerFunction,
    CustomRuntimeFunction,
    DynamoDbStreamTrigger,
    HttpApiTrigger,
    HttpTrigger,
    LogRole,
    ManagedRuntimeFunction,
    NativeBinaryFunction,
    RuntimeLayer,
    S3Trigger,
    ScheduleTrigger,
    SnsTrigger,
    SqsTrigger,
    ThawError,
)
from constructs_lib.functions.operations import Operations

import aws_cdk as cdk  # isort: skip
from aws_cdk import aws_dynamodb as dynamodb  # isort: skip
from aws_cdk import aws_lambda as lambda_  # isort: skip
from aws_cdk import aws_scheduler as scheduler  # isort: skip

VALUES: list[object] = ["text", 7, ["text"], object()]
HANDLER = "def handle(event, context): ..."
# What each construct needs beside the prop that is wrong.
SOUND: Mapping[Any, Callable[[World], dict[str, Any]]] = {
    CustomRuntimeFunction: lambda w: {
        "source": w.file("hello/handler.py", HANDLER).parent, "handler": "handler.handle"
    },
    NativeBinaryFunction: lambda w: {"binary": w.file("app", "#!/bin/sh\n", 0o755)},
    ManagedRuntimeFunction: lambda w: {
        "code": w.file("managed/index.py", HANDLER).parent,
        "handler": "index.handle",
        "runtime": lambda_.Runtime.PYTHON_3_13,
    },
    ContainerFunction: lambda w: {"image": w.file("image/Dockerfile", "FROM scratch").parent},
    RuntimeLayer: lambda _: {},
    SqsTrigger: lambda w: {"function": w.function, "queue": w.queue()},
    SnsTrigger: lambda w: {"function": w.function, "topic": w.topic},
    S3Trigger: lambda w: {"function": w.function, "bucket": w.bucket},
    DynamoDbStreamTrigger: lambda w: {
        "function": w.function, "table": w.table(stream=dynamodb.StreamViewType.NEW_IMAGE)
    },
    ScheduleTrigger: lambda w: {
        "function": w.function, "schedule": scheduler.ScheduleExpression.rate(cdk.Duration.hours(1))
    },
    HttpTrigger: lambda w: {"function": w.function},
    HttpApiTrigger: lambda w: {"function": w.function},
    LogRole: lambda _: {},
}  # fmt: skip


def props(construct: Any) -> list[str]:
    """The names of a construct's own props; what all functions share is tried on one of them."""
    parameters = inspect.signature(construct.__init__).parameters.values()
    own = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
    return own + (list(Operations.__annotations__) if construct is CustomRuntimeFunction else [])


CASES = [(construct, prop) for construct in SOUND for prop in props(construct)]


@pytest.mark.parametrize(("construct", "prop"), CASES, ids=lambda each: getattr(each, "__name__", each))
def test_no_value_of_a_prop_causes_another_error(construct: Any, prop: str, tmp_path: Path) -> None:
    for value in VALUES:
        world = World(tmp_path)
        sound = SOUND[construct](world)
        try:
            construct(world.stack, "Thing", **sound | {prop: value})
        except ThawError as error:
            text = "\n".join([str(error), *getattr(error, "__notes__", [])])
            assert world.path in text
