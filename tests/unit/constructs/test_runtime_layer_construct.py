"""RuntimeLayer: one runtime for many functions, and what functions on it must not ask for."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from constructs_lib import CustomRuntimeFunction, RuntimeLayer, Start, bundling
from constructs_lib.errors import (
    ConflictingPropsError,
    NotAnOsOnlyRuntimeError,
    WrongPropError,
)
from constructs_lib.functions.errors import LayerArchitectureError
from tests.synthesis import resources, template

HANDLER = "handler.handle"


@pytest.fixture
def layer(stack: cdk.Stack) -> RuntimeLayer:
    return RuntimeLayer(stack, "Runtime", start=Start.PORTABLE)


def function(stack: cdk.Stack, source: Path, layer: RuntimeLayer, id: str = "Hello", **props: Any) -> None:  # noqa: A002
    CustomRuntimeFunction(stack, id, source=source, handler=HANDLER, runtime_layer=layer, **props)


def test_the_layer_is_for_both_operating_systems_and_one_architecture(
    stack: cdk.Stack, layer: RuntimeLayer
) -> None:
    [properties] = resources(stack, "AWS::Lambda::LayerVersion")
    assert properties["CompatibleRuntimes"] == ["provided.al2023", "provided.al2"]
    assert properties["CompatibleArchitectures"] == ["x86_64"]


def test_functions_share_it_and_take_its_architecture(stack: cdk.Stack, source: Path) -> None:
    layer = RuntimeLayer(
        stack, "Runtime", start=Start.PORTABLE, python=None, architecture=lambda_.Architecture.X86_64
    )
    for id in ("Hello", "World"):  # noqa: A001
        function(stack, source, layer, id)
    [logical_name] = [
        name for name, each in template(stack)["Resources"].items() if each["Type"].endswith("LayerVersion")
    ]
    functions = resources(stack, "AWS::Lambda::Function")
    assert [each["Layers"] for each in functions] == [[{"Ref": logical_name}]] * 2
    assert [each["Architectures"] for each in functions] == [["x86_64"]] * 2


def test_the_runtime_layer_is_the_last_so_that_no_other_replaces_its_bootstrap(
    stack: cdk.Stack, source: Path, layer: RuntimeLayer
) -> None:
    other = lambda_.LayerVersion.from_layer_version_arn(
        stack, "Other", "arn:aws:lambda:eu-north-1:111122223333:layer:other:1"
    )
    function(stack, source, layer, layers=[other])
    [properties] = resources(stack, "AWS::Lambda::Function")
    assert properties["Layers"][0].endswith(":layer:other:1")
    assert "Ref" in properties["Layers"][1]


@pytest.mark.parametrize(
    "props",
    [
        {"python": Path("/usr")},
        {"start": Start.SNAPSHOT},
        {"preload": ["json"]},
        {"preload": []},
        {"builder": "python:3.13-slim"},
        {"initialize_at_build_time": True},
    ],
    ids=str,
)
def test_what_the_layer_decides_is_not_the_functions(
    stack: cdk.Stack, source: Path, layer: RuntimeLayer, props: dict[str, Any]
) -> None:
    with pytest.raises(ConflictingPropsError, match=rf"THAW051: Stack/Hello .*\n.*{next(iter(props))}"):
        function(stack, source, layer, **props)


def test_another_architecture_is_refused(stack: cdk.Stack, source: Path, layer: RuntimeLayer) -> None:
    with pytest.raises(LayerArchitectureError, match=r"THAW108: Stack/Hello .* Stack/Runtime") as caught:
        function(stack, source, layer, architecture=lambda_.Architecture.ARM_64)
    assert (caught.value.received, caught.value.allowed) == ("arm64", "x86_64")


def test_a_runtime_that_is_none_of_the_layers_is_refused(
    stack: cdk.Stack, source: Path, layer: RuntimeLayer
) -> None:
    with pytest.raises(NotAnOsOnlyRuntimeError):
        function(stack, source, layer, runtime=lambda_.Runtime.PYTHON_3_13)


def test_it_counts_among_the_five_layers(stack: cdk.Stack, source: Path, layer: RuntimeLayer) -> None:
    others = [
        lambda_.LayerVersion.from_layer_version_arn(
            stack, f"Other{n}", f"arn:aws:lambda:eu-north-1:111122223333:layer:other{n}:1"
        )
        for n in range(5)
    ]
    with pytest.raises(WrongPropError, match="5 layers at most"):
        function(stack, source, layer, layers=others)


def test_it_is_refused_where_the_functions_own_runtime_would_hide_it(
    stack: cdk.Stack, source: Path, layer: RuntimeLayer
) -> None:
    with pytest.raises(ConflictingPropsError, match="move it from layers to runtime_layer"):
        CustomRuntimeFunction(stack, "Hello", source=source, handler=HANDLER, layers=[layer])


@pytest.mark.parametrize(
    ("props", "allowed"),
    [
        ({"layer_version_name": "a b"}, "1 to 140 letters"),
        ({"layer_version_name": "a" * 141}, "1 to 140 letters"),
        ({"description": "a" * 257}, "256 characters"),
    ],
)
def test_names_and_descriptions_are_lambdas(stack: cdk.Stack, props: dict[str, Any], allowed: str) -> None:
    with pytest.raises(WrongPropError, match=allowed):
        RuntimeLayer(stack, "Runtime", start=Start.PORTABLE, **props)


def test_what_cannot_be_built_names_the_construct(stack: cdk.Stack, tmp_path: Path) -> None:
    with pytest.raises(bundling.BundlingError, match="THAW009: the requirements file") as caught:
        RuntimeLayer(stack, "Runtime", requirements=tmp_path / "none.txt")
    assert caught.value.__notes__ == ["  construct: Stack/Runtime"]


def test_functions_change_with_their_layer(source: Path, tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"

    def fingerprint(text: str) -> str:
        requirements.write_text(text)
        layer = bundling.LayerRecipe(requirements=requirements, start=Start.PORTABLE)
        return bundling.fingerprint(bundling.OnLayerRecipe(source=source, handler=HANDLER, layer=layer))

    assert fingerprint("six\n") != fingerprint("idna\n")
