"""Environment variables over Lambda's 4 KB are an error of the synthesis, not of the deployment."""

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns
from synthesis_errors import errors

from constructs_lib import CustomRuntimeFunction
from constructs_lib.functions.environment_size import known_text


def new_function(stack: cdk.Stack, source: Path, variables: dict[str, str]) -> CustomRuntimeFunction:
    return CustomRuntimeFunction(
        stack, "Hello", source=source, handler="handler.handle", environment=variables
    )


def test_variables_that_fit_are_no_error(stack: cdk.Stack, source: Path) -> None:
    new_function(stack, source, {"AA": "x" * 4000})
    assert errors(stack) == []


def test_variables_that_are_too_large_are_an_error_that_names_the_function(
    stack: cdk.Stack, source: Path
) -> None:
    new_function(stack, source, {"AA": "x" * 4096})
    [error] = errors(stack)
    assert error.startswith("THAW")
    assert "Stack/Hello" in error


def test_variables_added_later_count_too(stack: cdk.Stack, source: Path) -> None:
    function = new_function(stack, source, {"AA": "x" * 4000})
    function.add_environment("BB", "x" * 100)
    assert len(errors(stack)) == 1


def test_a_reference_counts_for_nothing_because_its_length_is_unknown(stack: cdk.Stack, source: Path) -> None:
    topic = sns.Topic(stack, "Topic")
    new_function(stack, source, {f"TOPIC_{number}": topic.topic_arn for number in range(100)})
    assert errors(stack) == []


def test_the_text_around_a_reference_counts(stack: cdk.Stack, source: Path) -> None:
    topic = sns.Topic(stack, "Topic")
    new_function(stack, source, {"AA": f"{topic.topic_arn}{'x' * 4096}"})
    assert len(errors(stack)) == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", "text"),
        ({"Ref": "Topic"}, ""),
        ({"Fn::Join": ["-", ["a", {"Ref": "Topic"}, "b"]]}, "a--b"),
        ({"Fn::Join": ["", ["a", {"Fn::Join": [":", ["b", "c"]]}]]}, "ab:c"),
    ],
)
def test_the_known_part_of_a_value_is_its_text_without_references(value: object, expected: str) -> None:
    assert known_text(value) == expected
