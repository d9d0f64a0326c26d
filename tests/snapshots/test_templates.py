"""What every environment deploys is what was reviewed.

After a wanted change: ``pytest tests/snapshots --snapshot-update``, and review the difference in the templates.
"""

from functools import cache
from typing import Any

import pytest
from aws_cdk.cx_api import CloudAssembly
from syrupy.assertion import SnapshotAssertion

from tests.snapshots.conftest import TemplateExtension
from tests.synthesis import ENVIRONMENTS, observatory, without_bootstrap_rules

PARTS = ("network", "data", "service", "watching")
STACKS = [
    f"thaw-{environment}-{part}"
    for environment in ENVIRONMENTS
    for part in PARTS
    # The local environment uses a database that is there already, and watches nothing.
    if environment != "local" or part in {"data", "service"}
]


@cache
def assembly_of(environment: str) -> CloudAssembly:
    """Synthesised once, with CloudFormation's validation: an error that it finds ends the synthesis."""
    return observatory(environment, validation=True).synth()


@pytest.mark.parametrize("stack", STACKS)
def test_stack(stack: str, templates: SnapshotAssertion) -> None:
    """A stack is what was reviewed."""
    _, environment, _ = stack.split("-")
    template = assembly_of(environment).get_stack_by_name(stack).template
    assert without_bootstrap_rules(template) == templates


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_has_no_stack_that_was_not_reviewed(environment: str) -> None:
    assert {stack.stack_name for stack in assembly_of(environment).stacks} <= set(STACKS)


def serialized(template: dict[str, Any]) -> str:
    return TemplateExtension().serialize(template)


def test_a_change_of_a_functions_code_alone_is_no_difference() -> None:
    before, after = (
        {f"CurrentVersion0A1B2C3D{digit * 32}": {"S3Key": f"{digit * 64}.zip"}} for digit in ("1", "2")
    )
    assert serialized(before) == serialized(after)


def test_the_identity_of_a_resource_is_a_difference() -> None:
    assert serialized({"Queue0A1B2C3D": {}}) != serialized({"Queue0A1B2C3E": {}})
