"""ContainerFunction: a container image as a function."""

from pathlib import Path

import pytest

from constructs_lib import ContainerFunction
from constructs_lib.errors import WrongPropError
from constructs_lib.functions.errors import ContainerImageError, NotOfAnImageError
from tests.synthesis import NOT_VALIDATED, new_app, resources
from tests.unit.constructs.functions_of_each_class import dockerfile

import aws_cdk as cdk  # isort: skip
from aws_cdk import assertions  # isort: skip
from aws_cdk import aws_ecr as ecr  # isort: skip
from aws_cdk import aws_lambda as lambda_  # isort: skip

ARM64 = lambda_.Architecture.ARM_64


@pytest.fixture
def plain() -> cdk.Stack:
    """An empty stack, for what does not depend on feature flags."""
    return cdk.Stack(new_app(), "Stack")


def test_a_dockerfile_is_a_function_from_an_image(stack: cdk.Stack) -> None:
    ContainerFunction(stack, "Hello", image=dockerfile())
    [function] = resources(stack, "AWS::Lambda::Function")
    assert function["PackageType"] == "Image"
    assert not {"Runtime", "Handler"} & set(function)


def test_an_image_that_exists_is_taken(plain: cdk.Stack) -> None:
    repository = ecr.Repository.from_repository_name(plain, "Images", "hello")
    image = lambda_.DockerImageCode.from_ecr(repository, tag_or_digest="1.0")
    ContainerFunction(plain, "Hello", image=image, architecture=ARM64)
    [function] = resources(plain, "AWS::Lambda::Function")
    assert function["Architectures"] == ["arm64"]
    assert "hello:1.0" in str(function["Code"])


def test_a_build_of_the_users_own_is_taken(plain: cdk.Stack) -> None:
    image = lambda_.DockerImageCode.from_image_asset(str(dockerfile()), cmd=["shop.handler"])
    ContainerFunction(plain, "Hello", image=image)
    [function] = resources(plain, "AWS::Lambda::Function")
    assert function["ImageConfig"] == {"Command": ["shop.handler"]}


@pytest.mark.parametrize(
    ("architecture", "platform"), [(None, "linux/amd64"), (ARM64, "linux/arm64")], ids=["default", "arm64"]
)
def test_a_dockerfile_is_built_for_the_functions_architecture(
    tmp_path: Path, architecture: lambda_.Architecture | None, platform: str
) -> None:
    app = cdk.App(outdir=str(tmp_path), **NOT_VALIDATED)
    ContainerFunction(cdk.Stack(app, "Stack"), "Hello", image=dockerfile(), architecture=architecture)
    app.synth()
    assert f'"platform": "{platform}"' in (tmp_path / "Stack.assets.json").read_text()


def test_a_folder_without_a_dockerfile_is_refused(plain: cdk.Stack, tmp_path: Path) -> None:
    with pytest.raises(ContainerImageError, match=f"no file Dockerfile in {tmp_path}"):
        ContainerFunction(plain, "Hello", image=tmp_path)


@pytest.mark.parametrize(
    "line", ["FROM --platform=linux/arm64 alpine", "from --platform=linux/arm64/v8 alpine as last"]
)
def test_a_dockerfile_for_another_processor_is_refused(plain: cdk.Stack, tmp_path: Path, line: str) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM alpine AS first\n{line}\n")
    with pytest.raises(ContainerImageError, match="linux/amd64 for a function of architecture x86_64"):
        ContainerFunction(plain, "Hello", image=tmp_path)


def test_a_stage_for_another_processor_is_none_of_the_image(plain: cdk.Stack, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        "FROM --platform=linux/arm64 golang AS build\nFROM --platform=linux/amd64 alpine\n"
    )
    assert ContainerFunction(plain, "Hello", image=tmp_path).node.id == "Hello"


def test_layers_are_refused(plain: cdk.Stack) -> None:
    layer = lambda_.LayerVersion.from_layer_version_arn(
        plain, "Tools", "arn:aws:lambda:eu-north-1:123456789012:layer:tools:1"
    )
    with pytest.raises(NotOfAnImageError, match="received: layers"):
        ContainerFunction(plain, "Hello", image=dockerfile(), layers=[layer])


@pytest.mark.parametrize("image", [42, "", lambda_.Code.from_inline("-")])
def test_what_is_no_image_is_refused(plain: cdk.Stack, image: Path) -> None:
    with pytest.raises(WrongPropError, match="a HandlerImage, a DockerfileImage, the path of a folder"):
        ContainerFunction(plain, "Hello", image=image)


def test_a_function_from_an_image_has_no_warning(plain: cdk.Stack) -> None:
    ContainerFunction(plain, "Hello", image=dockerfile())
    assertions.Annotations.from_stack(plain).has_no_warning("*", assertions.Match.any_value())
