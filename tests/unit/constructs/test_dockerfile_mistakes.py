"""DockerfileImage: what could not be built or started is refused, what is odd is warned of."""

from pathlib import Path
from typing import Any

import pytest
from dockerfile_contexts import SOUND, context, declare

from constructs_lib.errors import WrongPropError
from constructs_lib.functions.errors import ContainerImageError, ImageEntryError
from tests.synthesis import new_app

import aws_cdk as cdk  # isort: skip
from aws_cdk import assertions  # isort: skip


@pytest.fixture
def plain() -> cdk.Stack:
    """An empty stack, for what does not depend on feature flags."""
    return cdk.Stack(new_app(), "Stack")


TOKEN = "${Token[TOKEN.42]}"


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
