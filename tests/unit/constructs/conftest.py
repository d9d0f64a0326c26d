"""A stack to put constructs in, with the project's feature flags and with none."""

from pathlib import Path

import pytest

from tests.synthesis import FLAGS, new_app  # before aws_cdk, which reads what it sets

import aws_cdk as cdk  # isort: skip
from aws_cdk import aws_lambda as lambda_  # isort: skip


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a handler without dependencies."""
    folder = tmp_path_factory.mktemp("hello")
    (folder / "handler.py").write_text("def handle(event, context):\n    return event\n")
    return folder


@pytest.fixture(params=["flags on", "flags off"])
def stack(request: pytest.FixtureRequest) -> cdk.Stack:
    """An empty stack; every test that asks for it runs with and without the feature flags."""
    return cdk.Stack(new_app(FLAGS if request.param == "flags on" else {}), "Stack")


@pytest.fixture
def function(stack: cdk.Stack) -> lambda_.Function:
    """Any function with a dead-letter queue, to be triggered."""
    return lambda_.Function(
        stack,
        "Function",
        code=lambda_.Code.from_inline("-"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_13,
        timeout=cdk.Duration.seconds(20),
        dead_letter_queue_enabled=True,
    )


@pytest.fixture
def function_without_queue(stack: cdk.Stack) -> lambda_.Function:
    """Any function that has no dead-letter queue."""
    return lambda_.Function(
        stack,
        "Careless",
        code=lambda_.Code.from_inline("-"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_13,
    )
