"""CustomRuntimeFunction with a builder: its artifact is built in a container."""

from pathlib import Path

import aws_cdk as cdk
import pytest

from constructs_lib import BundlingError, CustomRuntimeFunction
from tests.synthesis import NOT_VALIDATED

PROPS = {"handler": "handler.handle", "builder": "python:3.13-slim"}


@pytest.fixture(autouse=True)
def _no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDK_DOCKER", "/nowhere/engine")


def test_without_an_engine_the_construct_is_named(source: Path) -> None:
    bundled = cdk.Stack(cdk.App(**NOT_VALIDATED), "Stack")
    with pytest.raises(BundlingError, match="THAW018: no container engine answers") as caught:
        CustomRuntimeFunction(bundled, "Hello", source=source, **PROPS)
    assert caught.value.__notes__ == ["  construct: Stack/Hello"]


def test_where_nothing_is_bundled_no_engine_is_needed(stack: cdk.Stack, source: Path) -> None:
    assert CustomRuntimeFunction(stack, "Hello", source=source, **PROPS).node.id == "Hello"
