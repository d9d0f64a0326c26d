"""DockerfileImage: an image that an engine builds, with everything that the CDK can be told of it."""

import inspect
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from dockerfile_contexts import context, declare

from constructs_lib import ContainerFunction, DockerfileImage
from tests.synthesis import FLAGS, NOT_VALIDATED, new_app, resources, statements

import aws_cdk as cdk  # isort: skip
from aws_cdk import aws_ecr_assets as ecr_assets  # isort: skip
from aws_cdk import aws_lambda as lambda_  # isort: skip


# What of the CDK's options there is no field for: two are the function's or Docker's, the others change nothing of the image.
NO_FIELDS = {"directory", "platform", "ignore_mode", "display_name", "extra_hash", "follow_symlinks"}


@pytest.fixture
def plain() -> cdk.Stack:
    """An empty stack, for what does not depend on feature flags."""
    return cdk.Stack(new_app(), "Stack")


def source_of_image(
    folder: Path, output: Path, flags: Mapping[str, Any] = FLAGS, **image: Any
) -> dict[str, Any]:
    """What the CLI is told to build."""
    app = cdk.App(outdir=str(output), context=dict(flags), **NOT_VALIDATED)
    declare(cdk.Stack(app, "Stack"), folder, **image)
    app.synth()
    [asset] = json.loads((output / "Stack.assets.json").read_text())["dockerImages"].values()
    source: dict[str, Any] = asset["source"]
    return source


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"target": "first"}, {"dockerBuildTarget": "first"}),
        ({"build_args": {"VERSION": "1"}}, {"dockerBuildArgs": {"VERSION": "1"}}),
        ({"build_secrets": {"token": "env=TOKEN"}}, {"dockerBuildSecrets": {"token": "env=TOKEN"}}),
        ({"build_ssh": "default"}, {"dockerBuildSsh": "default"}),
        (
            {"build_contexts": {"base": "docker-image://x:1"}},
            {"dockerBuildContexts": {"base": "docker-image://x:1"}},
        ),
        ({"cache_from": [ecr_assets.DockerCacheOption(type="gha")]}, {"cacheFrom": [{"type": "gha"}]}),
        ({"cache_to": ecr_assets.DockerCacheOption(type="inline")}, {"cacheTo": {"type": "inline"}}),
        ({"cache_disabled": True}, {"cacheDisabled": True}),
        ({"network_mode": ecr_assets.NetworkMode.HOST}, {"networkMode": "host"}),
        ({"outputs": ["type=docker"]}, {"dockerOutputs": ["type=docker"]}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_the_engine_is_to_do_reaches_it(
    tmp_path: Path, given: dict[str, Any], told: dict[str, Any]
) -> None:
    source = source_of_image(context(tmp_path / "image"), tmp_path / "out", **given)
    assert told.items() <= source.items()


def test_nothing_is_told_that_was_not_said(tmp_path: Path) -> None:
    source = source_of_image(context(tmp_path / "image"), tmp_path / "out")
    assert set(source) == {"directory", "dockerFile", "platform"}


def test_another_dockerfile_may_be_named(tmp_path: Path) -> None:
    folder = context(tmp_path / "image", file="docker/native")
    assert source_of_image(folder, tmp_path / "out", file="docker/native")["dockerFile"] == "docker/native"


@pytest.mark.parametrize("flags", [FLAGS, {}], ids=["flags on", "flags off"])
def test_files_are_excluded_in_dockers_language_whatever_the_flags(
    tmp_path: Path, flags: Mapping[str, Any]
) -> None:
    folder = context(tmp_path / "image")
    for name in ("a.txt", "sub/a.txt", "kept"):
        context(folder, "", name)
    source = source_of_image(folder, tmp_path / "out", flags, exclude=["*.txt"])
    # Docker's patterns begin at the top; those of .gitignore anywhere.
    staged = tmp_path / "out" / source["directory"]
    assert {str(path.relative_to(staged)) for path in staged.rglob("*") if path.is_file()} == {
        "Dockerfile",
        "kept",
        "sub/a.txt",
    }


def test_what_is_to_start_instead_is_the_functions(plain: cdk.Stack, tmp_path: Path) -> None:
    declare(plain, context(tmp_path), entrypoint=["/a"], cmd=["b"], working_directory="/c")
    [function] = resources(plain, "AWS::Lambda::Function")
    assert function["ImageConfig"] == {"EntryPoint": ["/a"], "Command": ["b"], "WorkingDirectory": "/c"}


def test_an_option_that_does_not_count_leaves_the_image_the_same(tmp_path: Path) -> None:
    folder = context(tmp_path / "image")
    ignoring = ecr_assets.DockerImageAssetInvalidationOptions(build_args=False)
    one, other = (
        source_of_image(folder, tmp_path / version, build_args={"VERSION": version}, invalidation=ignoring)[
            "directory"
        ]
        for version in ("1", "2")
    )
    assert one == other


def test_every_option_of_the_cdk_has_a_field_or_a_reason_for_none() -> None:
    options = {*inspect.signature(lambda_.DockerImageCode.from_image_asset).parameters}
    assert options - NO_FIELDS == {each.name for each in fields(DockerfileImage)} - {"folder", "emulator"}


def test_values_of_arguments_and_secrets_are_not_shown(tmp_path: Path) -> None:
    image = DockerfileImage(tmp_path, build_args={"A": "hidden"}, build_secrets={"B": "src=hidden"})
    assert "hidden" not in repr(image)


def test_the_function_is_operated_like_every_other(plain: cdk.Stack, tmp_path: Path) -> None:
    declare(plain, context(tmp_path))
    [function] = resources(plain, "AWS::Lambda::Function")
    assert {"MemorySize": 512, "Timeout": 30}.items() <= function.items()
    assert statements(plain) == [
        (["logs:CreateLogStream", "logs:PutLogEvents"], "HelloRoleLogs.Arn"),
        (["sqs:SendMessage"], "HelloDeadLetterQueue.Arn"),
    ]


def test_a_folder_stands_for_an_image_of_its_dockerfile(tmp_path: Path) -> None:
    folder = context(tmp_path / "image")
    tags = set()
    for image in (folder, DockerfileImage(folder)):
        stack = cdk.Stack(new_app(), "Stack")
        ContainerFunction(stack, "Hello", image=image)
        [function] = resources(stack, "AWS::Lambda::Function")
        tags.add(json.dumps(function["Code"]))
    assert len(tags) == 1
