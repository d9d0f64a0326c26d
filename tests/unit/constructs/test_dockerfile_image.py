"""DockerfileImage: an image that an engine builds, with everything that the CDK can be told of it."""

import inspect
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from constructs_lib import ContainerFunction, DockerfileImage
from constructs_lib.errors import WrongPropError
from constructs_lib.functions.errors import ContainerImageError, ImageEntryError
from tests.synthesis import FLAGS, NOT_VALIDATED, new_app, resources, statements

import aws_cdk as cdk  # isort: skip
from aws_cdk import assertions  # isort: skip
from aws_cdk import aws_ecr_assets as ecr_assets  # isort: skip
from aws_cdk import aws_lambda as lambda_  # isort: skip

SOUND = "ARG BASE=alpine:3\nFROM $BASE AS first\nARG VERSION\nFROM first AS last\n"
TOKEN = "${Token[TOKEN.42]}"
# What of the CDK's options there is no field for: two are the function's or Docker's, the others change nothing of the image.
NO_FIELDS = {"directory", "platform", "ignore_mode", "display_name", "extra_hash", "follow_symlinks"}


@pytest.fixture
def plain() -> cdk.Stack:
    """An empty stack, for what does not depend on feature flags."""
    return cdk.Stack(new_app(), "Stack")


def context(folder: Path, text: str = SOUND, file: str = "Dockerfile") -> Path:
    """A folder with a Dockerfile."""
    (folder / file).parent.mkdir(exist_ok=True, parents=True)
    (folder / file).write_text(text)
    return folder


def declare(stack: cdk.Stack, folder: Path, **fields_of_image: Any) -> None:
    ContainerFunction(stack, "Hello", image=DockerfileImage(folder, **fields_of_image))


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


def test_an_image_with_nothing_odd_has_no_warning(plain: cdk.Stack, tmp_path: Path) -> None:
    declare(
        plain,
        context(tmp_path),
        build_args={"VERSION": "1", "http_proxy": "http://proxy", "BASE": "alpine:4"},
    )
    assertions.Annotations.from_stack(plain).has_no_warning("*", assertions.Match.any_value())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"file": "Dockerfile-native"}, "no file Dockerfile-native in "),
        ({"file": "../Dockerfile"}, "a path below the folder"),
        ({"file": "/etc/Dockerfile"}, "a path below the folder"),
        ({"target": "tests"}, r"received: target tests(.|\n)*allowed: first, last"),
    ],
    ids=["file", "outside", "absolute", "target"],
)
def test_what_is_not_there_is_refused(
    plain: cdk.Stack, tmp_path: Path, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(ContainerImageError, match=words):
        declare(plain, context(tmp_path), **given)


def test_a_folder_that_is_not_there_is_refused(plain: cdk.Stack, tmp_path: Path) -> None:
    with pytest.raises(ContainerImageError, match=f"no file Dockerfile in {tmp_path}/nowhere"):
        declare(plain, tmp_path / "nowhere")


def test_a_target_is_refused_where_no_stage_has_a_name(plain: cdk.Stack, tmp_path: Path) -> None:
    with pytest.raises(ContainerImageError, match="no stage has a name"):
        declare(plain, context(tmp_path, "FROM alpine:3\n"), target="tests")


def test_a_file_that_is_no_dockerfile_is_refused(plain: cdk.Stack, tmp_path: Path) -> None:
    with pytest.raises(ContainerImageError, match="no FROM in"):
        declare(plain, context(tmp_path, "hello\n"))


@pytest.mark.parametrize(
    "given",
    [
        {"target": 1},
        {"build_args": {"VERSION": 1}},
        {"build_args": ["VERSION"]},
        {"cache_from": "gha"},
        {"network_mode": "host"},
        {"emulator": "yes"},
        {"exclude": "*.txt"},
    ],
    ids=str,
)
def test_a_value_of_another_type_is_refused(plain: cdk.Stack, tmp_path: Path, given: dict[str, Any]) -> None:
    with pytest.raises(WrongPropError, match=f"its image cannot be built with this {next(iter(given))}"):
        declare(plain, context(tmp_path), **given)


def test_the_value_of_an_argument_of_another_type_is_not_shown(plain: cdk.Stack, tmp_path: Path) -> None:
    with pytest.raises(WrongPropError) as error:
        declare(plain, context(tmp_path), build_args={"PIN": 4711})
    assert "4711" not in str(error.value)


@pytest.mark.parametrize(
    "given",
    [
        {"build_args": {"VERSION": TOKEN}},
        {"build_args": {TOKEN: "1"}},
        {"build_secrets": {"a": f"src={TOKEN}"}},
        {"build_contexts": {"a": TOKEN}},
        {"outputs": [TOKEN]},
        {"target": TOKEN},
    ],
    ids=str,
)
def test_what_only_the_deployment_will_know_is_refused(
    plain: cdk.Stack, tmp_path: Path, given: dict[str, Any]
) -> None:
    with pytest.raises(WrongPropError, match="a value that only the deployment will know"):
        declare(plain, context(tmp_path), **given)


def test_a_secret_in_place_of_where_it_is_is_refused_and_not_shown(plain: cdk.Stack, tmp_path: Path) -> None:
    with pytest.raises(WrongPropError, match="build_secrets token") as error:
        declare(plain, context(tmp_path), build_secrets={"token": "hunter2"})
    assert "hunter2" not in str(error.value)


def test_the_cdks_own_secrets_are_taken(plain: cdk.Stack, tmp_path: Path) -> None:
    declare(plain, context(tmp_path), build_secrets={"token": cdk.DockerBuildSecret.from_src("token.txt")})


@pytest.mark.parametrize("platform", ["linux/arm64", "arm64", "linux/aarch64", "windows/amd64"])
def test_a_stage_below_for_another_processor_is_refused(
    plain: cdk.Stack, tmp_path: Path, platform: str
) -> None:
    text = f"FROM --platform={platform} alpine:3 AS below\nFROM below\n"
    with pytest.raises(ContainerImageError, match=f"FROM --platform={platform} in "):
        declare(plain, context(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    [
        "FROM --platform=linux/arm64 golang:1 AS build\nFROM alpine:3\n",
        "FROM --platform=$BUILDPLATFORM golang:1 AS build\nFROM --platform=$TARGETPLATFORM alpine:3\n",
        "FROM --platform=linux/x86_64 alpine:3\n",
    ],
    ids=["of a stage that is left behind", "of the build", "by another name"],
)
def test_a_platform_that_fits_or_is_none_of_the_image_is_taken(
    plain: cdk.Stack, tmp_path: Path, text: str
) -> None:
    declare(plain, context(tmp_path, text))


@pytest.mark.parametrize("text", ["FROM scratch\nCOPY a /\n", "FROM scratch AS a\nFROM a\nENTRYPOINT []\n"])
def test_an_image_from_scratch_that_starts_nothing_is_refused(
    plain: cdk.Stack, tmp_path: Path, text: str
) -> None:
    with pytest.raises(ImageEntryError, match="neither ENTRYPOINT nor CMD"):
        declare(plain, context(tmp_path, text))


@pytest.mark.parametrize("line", ["ENTRYPOINT /a --b", "CMD /a", "ENTRYPOINT ['/a']"])
def test_an_image_from_scratch_that_starts_a_shell_is_refused(
    plain: cdk.Stack, tmp_path: Path, line: str
) -> None:
    with pytest.raises(ImageEntryError, match="for a shell"):
        declare(plain, context(tmp_path, f"FROM scratch\nCOPY a /\n{line}\n"))


@pytest.mark.parametrize("line", ['ENTRYPOINT ["/a"]', 'CMD ["/a"]'])
def test_an_image_from_scratch_that_starts_something_is_taken(
    plain: cdk.Stack, tmp_path: Path, line: str
) -> None:
    declare(plain, context(tmp_path, f"FROM scratch\nCOPY a /\n{line}\n"))


def test_an_image_from_scratch_may_be_told_by_the_function_what_to_start(
    plain: cdk.Stack, tmp_path: Path
) -> None:
    declare(plain, context(tmp_path, "FROM scratch\nCOPY a /\n"), entrypoint=["/a"])


def warned_of(stack: cdk.Stack, words: str) -> None:
    assertions.Annotations.from_stack(stack).has_warning("*", assertions.Match.string_like_regexp(words))


def test_an_argument_that_is_not_declared_is_warned_of(plain: cdk.Stack, tmp_path: Path) -> None:
    declare(plain, context(tmp_path), build_args={"VERSON": "1"})
    warned_of(plain, r"Dockerfile has no ARG VERSON, so it changes nothing; did you mean VERSION\?")


@pytest.mark.parametrize(
    "given", [{"VERSION": "ghp_" + "a" * 36}, {"NPM_TOKEN": "1"}], ids=["by its form", "by its name"]
)
def test_an_argument_that_looks_like_a_secret_is_warned_of(
    plain: cdk.Stack, tmp_path: Path, given: dict[str, str]
) -> None:
    declare(plain, context(tmp_path, f"ARG {next(iter(given))}\n{SOUND}"), build_args=given)
    warned_of(plain, f"build argument {next(iter(given))} looks like a secret")


def test_a_user_that_lambda_ignores_is_warned_of(plain: cdk.Stack, tmp_path: Path) -> None:
    declare(plain, context(tmp_path, f"{SOUND}USER 1000\n"))
    warned_of(plain, "Lambda ignores USER 1000 of Dockerfile")


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
