"""HandlerImage: a container function that is made of a handler."""

import json
import platform
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from constructs_lib import BundlingError, ContainerFunction, HandlerImage
from constructs_lib.bundling import Architecture, Recipe, oci
from constructs_lib.errors import WrongPropError
from constructs_lib.functions.errors import NotOfAnImageError, SnapStartError
from tests import builds
from tests.synthesis import NOT_VALIDATED, new_app, resources, statements, template

import aws_cdk as cdk  # isort: skip
from aws_cdk import assertions  # isort: skip
from aws_cdk import aws_lambda as lambda_  # isort: skip

ARM64 = lambda_.Architecture.ARM_64
IS_X86_64 = platform.machine() == "x86_64"


@pytest.fixture
def image(source: Path) -> HandlerImage:
    return HandlerImage(source=source, handler="handler.handle")


@pytest.fixture
def plain() -> cdk.Stack:
    """An empty stack, for what does not depend on feature flags."""
    return cdk.Stack(new_app(), "Stack")


def recipe_of(image: HandlerImage, **changes: Any) -> oci.ImageRecipe:
    function = Recipe(
        source=image.source,
        handler=image.handler,
        environment={"AWS_REGION": None, "AWS_DEFAULT_REGION": None},
        architecture=changes.pop("architecture", Architecture.X86_64),
    )
    return oci.ImageRecipe(function=function, emulator=image.emulator, base=image.base, **changes)


def docker_images(folder: Path, image: HandlerImage, **props: Any) -> dict[str, dict[str, Any]]:
    """What the CDK CLI is told to publish of a function whose code is built, or would be."""
    app = cdk.App(outdir=str(folder), **NOT_VALIDATED)
    ContainerFunction(cdk.Stack(app, "Stack"), "Hello", image=image, **props)
    app.synth()
    published: dict[str, dict[str, Any]] = json.loads((folder / "Stack.assets.json").read_text())[
        "dockerImages"
    ]
    return published


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_CACHE", str(builds.shared_cache()))


def test_a_handler_is_a_function_from_an_image(stack: cdk.Stack, image: HandlerImage) -> None:
    ContainerFunction(stack, "Hello", image=image)
    [function] = resources(stack, "AWS::Lambda::Function")
    assert function["PackageType"] == "Image"
    assert not {"Runtime", "Handler", "ImageConfig", "SnapStart"} & set(function)


def test_its_tag_is_the_fingerprint_of_what_it_is_made_of(plain: cdk.Stack, image: HandlerImage) -> None:
    ContainerFunction(plain, "Hello", image=image)
    assert f":{oci.fingerprint(recipe_of(image))}" in str(
        plain.resolve(plain.node.find_child("Hello").node.default_child.code)  # type: ignore[union-attr]
    )


@pytest.mark.parametrize(
    ("change", "options"),
    [({"emulator": False}, {}), ({"base": "alpine:3.22"}, {}), ({}, {"snap_start": True})],
    ids=["without emulator", "base", "snap_start"],
)
def test_whatever_changes_the_image_changes_its_tag(
    image: HandlerImage, change: dict[str, Any], options: dict[str, Any]
) -> None:
    assert oci.fingerprint(recipe_of(replace(image, **change), **options)) != oci.fingerprint(
        recipe_of(image)
    )


def test_it_may_write_its_log_and_its_dead_letters_and_nothing_else(
    plain: cdk.Stack, image: HandlerImage
) -> None:
    ContainerFunction(plain, "Hello", image=image)
    assert statements(plain, "HelloRole") == [
        (["logs:CreateLogStream", "logs:PutLogEvents"], "HelloRoleLogs.Arn"),
        (["sqs:SendMessage"], "HelloDeadLetterQueue.Arn"),
    ]


def test_it_makes_no_repository(plain: cdk.Stack, image: HandlerImage) -> None:
    ContainerFunction(plain, "Hello", image=image)
    kinds = {each["Type"] for each in template(plain)["Resources"].values()}
    assert not [kind for kind in kinds if "ECR" in kind]


def test_it_has_no_warning(plain: cdk.Stack, image: HandlerImage) -> None:
    ContainerFunction(plain, "Hello", image=image)
    assertions.Annotations.from_stack(plain).has_no_warning("*", assertions.Match.any_value())


def test_nothing_is_built_where_the_cdk_asks_for_no_bundling(
    plain: cdk.Stack, image: HandlerImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THAW_CACHE", str(tmp_path))
    ContainerFunction(plain, "Hello", image=image)
    assert not list(tmp_path.glob("*/*"))


@pytest.mark.usefixtures("cache")
def test_the_cdk_is_told_to_load_what_was_built_and_gets_its_name(
    tmp_path: Path, image: HandlerImage
) -> None:
    [(tag, asset)] = docker_images(tmp_path, replace(image, emulator=False)).items()
    shell, option, command = asset["source"]["executable"]
    assert (shell, option) == ("sh", "-c")
    assert command.endswith(f">&2 && echo {oci.tag_of(tag)}")
    folder = next(tmp_path / name for name in command.split('"') if name.startswith("asset."))
    assert {path.name for path in folder.iterdir()} == {"blobs", "index.json", "manifest.json", "oci-layout"}


@pytest.mark.usefixtures("cache")
def test_upon_a_base_an_engine_builds_it(tmp_path: Path, image: HandlerImage) -> None:
    based = replace(image, base="alpine:3.22", emulator=False)
    [asset] = docker_images(tmp_path, based).values()
    assert asset["source"]["platform"] == "linux/amd64"
    dockerfile = tmp_path / asset["source"]["directory"] / "Dockerfile"
    assert dockerfile.read_text().startswith("FROM alpine:3.22\n")


def test_with_snap_start_the_published_versions_start_from_a_snapshot(
    plain: cdk.Stack, image: HandlerImage
) -> None:
    ContainerFunction(plain, "Hello", image=image, snap_start=True)
    [function] = resources(plain, "AWS::Lambda::Function")
    assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}


def test_snap_start_and_provisioned_concurrency_are_refused(plain: cdk.Stack, image: HandlerImage) -> None:
    function = ContainerFunction(plain, "Hello", image=image, snap_start=True)
    lambda_.Alias(
        plain,
        "Live",
        alias_name="live",
        version=function.current_version,
        provisioned_concurrent_executions=1,
    )
    with pytest.raises(RuntimeError, match=r"THAW102: Stack/Hello has SnapStart and provisioned concurrency"):
        template(plain)


def test_snap_start_with_more_storage_than_it_takes_is_refused(plain: cdk.Stack, image: HandlerImage) -> None:
    with pytest.raises(SnapStartError, match="more /tmp than it takes"):
        ContainerFunction(
            plain, "Hello", image=image, snap_start=True, ephemeral_storage_size=cdk.Size.gibibytes(1)
        )


def test_layers_are_refused(plain: cdk.Stack, image: HandlerImage) -> None:
    layer = lambda_.LayerVersion.from_layer_version_arn(
        plain, "Tools", "arn:aws:lambda:eu-north-1:123456789012:layer:tools:1"
    )
    with pytest.raises(NotOfAnImageError, match="received: layers"):
        ContainerFunction(plain, "Hello", image=image, layers=[layer])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("source", ""),
        ("source", 42),
        ("handler", ""),
        ("handler", "two words"),
        ("emulator", "yes"),
        ("base", ""),
        ("base", "alpine"),
        ("base", "alpine:3.22\nRUN rm -rf /"),
        ("base", "Alpine Linux"),
    ],
)
def test_what_an_image_cannot_be_is_refused(
    plain: cdk.Stack, image: HandlerImage, name: str, value: Any
) -> None:
    with pytest.raises(WrongPropError, match=rf"image\.{name}"):
        ContainerFunction(plain, "Hello", image=replace(image, **{name: value}))


def test_a_handler_that_is_not_there_is_refused_by_the_name_of_the_construct(
    plain: cdk.Stack, image: HandlerImage
) -> None:
    with pytest.raises(BundlingError, match="THAW009") as refused:
        ContainerFunction(plain, "Hello", image=replace(image, handler="absent.handle"))
    assert refused.value.__notes__ == ["  construct: Stack/Hello"]


@pytest.mark.usefixtures("cache")
@pytest.mark.skipif(not IS_X86_64, reason="what is foreign here is meant")
def test_for_another_processor_than_the_builders_python_is_refused(
    tmp_path: Path, image: HandlerImage
) -> None:
    with pytest.raises(BundlingError, match="arm64"):
        docker_images(tmp_path, image, architecture=ARM64)
