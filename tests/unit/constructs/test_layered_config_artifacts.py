"""LayeredConfig: what the end of a synth finds in artifacts, and what it warns of in files."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from layered_config_files import files
from synthesis_errors import annotations, errors

from constructs_lib import CustomRuntimeFunction, LayeredConfig, LogRole
from tests.synthesis import NOT_VALIDATED, new_app


@pytest.fixture
def app_stack() -> cdk.Stack:
    return cdk.Stack(new_app(), "Stack")


def function(stack: cdk.Stack, folder: Path, config: LayeredConfig, **contents: str) -> None:
    folder.mkdir()
    (folder / "handler.py").write_text("def handle(event, context):\n    return event\n")
    for stem, content in contents.items():
        (folder / f"{stem.replace('_', '.')}.json").write_text(content)
    CustomRuntimeFunction(stack, folder.name, source=folder, handler="handler.handle", config=config)


def test_a_function_with_the_packaged_file_is_fine(stack: cdk.Stack, tmp_path: Path) -> None:
    config = LayeredConfig(stack, "Config", **files(tmp_path, base="{}"))
    function(stack, tmp_path / "Hello", config, base="{}")
    assert errors(stack) == []


@pytest.mark.parametrize(("contents", "said"), [({}, "no base.json"), ({"base": "{ }"}, "another base.json")])
def test_each_function_without_the_packaged_file_is_an_error(
    stack: cdk.Stack, tmp_path: Path, contents: dict[str, str], said: str
) -> None:
    config = LayeredConfig(stack, "Config", **files(tmp_path, base="{}"))
    function(stack, tmp_path / "Good", config, base="{}")
    function(stack, tmp_path / "Bad", config, **contents)
    [error] = errors(stack)
    assert error.startswith("THAW139: Stack/Bad ")
    assert f"an artifact with {said} at its top" in error


def test_a_link_to_the_packaged_file_is_as_good(stack: cdk.Stack, tmp_path: Path) -> None:
    config = LayeredConfig(stack, "Config", **files(tmp_path, base="{}"))
    folder = tmp_path / "Hello"
    folder.mkdir()
    (folder / "base.json").symlink_to(tmp_path / "base.json")
    (folder / "handler.py").write_text("def handle(event, context):\n    return event\n")
    CustomRuntimeFunction(stack, "Hello", source=folder, handler="handler.handle", config=config)
    assert errors(stack) == []


def test_a_local_file_is_not_deployed(tmp_path: Path) -> None:
    stack = cdk.Stack(cdk.App(**NOT_VALIDATED), "Stack")
    (tmp_path / "config.local.json").write_text('{"password": "x"}')
    role = LogRole(stack, "HelloRole")
    code, runtime = lambda_.Code.from_asset(str(tmp_path)), lambda_.Runtime.PROVIDED_AL2023
    lambda_.Function(stack, "Hello", code=code, handler="any", runtime=runtime, role=role)
    LayeredConfig(stack, "Config").grant_read(role)
    [error] = errors(stack)
    assert error.startswith(
        "THAW139: Stack/Hello would be deployed with a file that is of this machine alone"
    )


@pytest.mark.parametrize("code", [lambda_.Code.from_inline("-"), lambda_.Code.from_bucket_v2])
def test_code_that_is_no_asset_cannot_be_looked_into(tmp_path: Path, code: Any) -> None:
    stack = cdk.Stack(new_app(), "Stack")
    if not isinstance(code, lambda_.Code):
        code = code(s3.Bucket(stack, "Bucket"), "code.zip")
    role = LogRole(stack, "HelloRole")
    lambda_.Function(
        stack, "Hello", code=code, handler="index.handle", runtime=lambda_.Runtime.PYTHON_3_13, role=role
    )
    LayeredConfig(stack, "Config", **files(tmp_path, base="{}")).grant_read(role)
    assert errors(stack) == []


@pytest.mark.parametrize(
    "content",
    [
        {"database": {"password": "hunter2"}},
        {"apiKey": "hunter2"},
        {"API_KEY": "hunter2"},
        {"slack-token": "hunter2"},
        {"id": "AKIAIOSFODNN7EXAMPLE"},
        {"keys": ["-----BEGIN RSA PRIVATE KEY-----\nhunter2"]},
        {"url": "postgresql://user:hunter2@db/x"},
    ],
)
@pytest.mark.parametrize("prop", ["base", "override"])
def test_what_looks_like_a_secret_is_warned_of_without_showing_it(
    app_stack: cdk.Stack, tmp_path: Path, prop: str, content: Any
) -> None:
    LayeredConfig(app_stack, "Config", **files(tmp_path, **{prop: content}))
    [warning] = annotations(app_stack, "aws:cdk:warning")
    assert warning.startswith("THAW133")
    assert f"{prop}.json, line " in warning
    assert "hunter2" not in warning
    assert "AKIA" not in warning


@pytest.mark.parametrize(
    "content",
    [
        {"password_length": "12"},
        {"token_url": "https://x/token"},
        {"password": ""},
        {"secret_name": "prod/database"},
        {"tokenizer": "x"},
        {"max_tokens": 4096},
        {"url": "https://host:8080/@x"},
    ],
)
def test_what_only_sounds_like_one_is_not(app_stack: cdk.Stack, tmp_path: Path, content: Any) -> None:
    LayeredConfig(app_stack, "Config", **files(tmp_path, base=content))
    assert annotations(app_stack, "aws:cdk:warning") == []
