"""LayeredConfig: references and props that are refused at synth."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from layered_config_files import files, refusal

from constructs_lib import LayeredConfig
from tests.synthesis import new_app

TOKEN = cdk.Fn.import_value("x")


@pytest.fixture
def app_stack() -> cdk.Stack:
    return cdk.Stack(new_app(), "Stack")


@pytest.mark.parametrize("key", ["", ".", "a.", ".a", "a..b", "a b", "a/b", "ä", 1])
@pytest.mark.parametrize("prop", ["parameters", "secrets"])
def test_a_key_that_is_none_is_refused(app_stack: cdk.Stack, prop: str, key: Any) -> None:
    assert "THAW137" in refusal(app_stack, **{prop: {key: "name"}})


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "//a",
        "a/b",
        "/a/",
        "/a b",
        "/" + "/".join("a" * 16),
        "/" + "a" * 1011,
        "/a:3",
        "arn:aws:ssm:x",
        pytest.param(TOKEN, id="a token"),
        1,
        None,
        ["a"],
    ],
)
def test_a_parameter_that_there_cannot_be_is_refused(app_stack: cdk.Stack, name: Any) -> None:
    text = refusal(app_stack, parameters={"a": name})
    assert text.startswith("THAW137: Stack/Config: parameters['a'] names nothing")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a b",
        "a#b",
        "a" * 513,
        "arn:aws:secretsmanager:eu-north-1:123456789012:secret:without-suffix-x",
        pytest.param(TOKEN, id="a token"),
        ("a", ""),
        ("a", "b", "c"),
        ("", "b"),
        ("a", 1),
        3,
        None,
        {"a": "b"},
    ],
)
def test_a_secret_that_there_cannot_be_is_refused(app_stack: cdk.Stack, name: Any) -> None:
    text = refusal(app_stack, secrets={"a": name})
    assert text.startswith("THAW137: Stack/Config: secrets['a'] names nothing")


@pytest.mark.parametrize(
    "value",
    [
        ("B", "k"),
        ("b", "k"),
        ("bu_cket", "k"),
        ("bucket", ""),
        ("bucket", "*"),
        ("bucket", "a?"),
        ("bucket", "k" * 1025),
        ("bucket", 1),
        (1, "k"),
    ],
)
def test_an_object_that_there_cannot_be_is_refused(app_stack: cdk.Stack, value: Any) -> None:
    assert "THAW137" in refusal(app_stack, override_object=value)


def test_a_key_has_one_reference(app_stack: cdk.Stack) -> None:
    text = refusal(app_stack, parameters={"a": "/p"}, secrets={"a": "s"})
    assert text.startswith("THAW134")
    assert "a, to /p and to s" in text


@pytest.mark.parametrize(
    ("props", "said"),
    [
        ({"parameters": {"a.b": "/p"}}, "a is a value and a section"),
        ({"secrets": {"a.b.c": "s"}}, "a is a value and a section"),
        ({"parameters": {"b": "/p"}}, "b is a value and a section"),
        ({"secrets": {"b": ("s", "field")}}, "b is a value and a section"),
        ({"parameters": {"x": "/p", "x.y": "/q"}}, "x is a value and a section"),
        ({"parameters": {"x": "/p"}, "secrets": {"x.y": "s"}}, "x is a value and a section"),
    ],
)
def test_a_reference_that_contradicts_another_layer_is_refused(
    app_stack: cdk.Stack, tmp_path: Path, props: dict[str, Any], said: str
) -> None:
    text = refusal(app_stack, **files(tmp_path, base={"a": 1, "b": {"c": 2}}), **props)
    assert text.startswith("THAW135")
    assert said in text


def test_a_whole_secret_may_be_a_section(app_stack: cdk.Stack, tmp_path: Path) -> None:
    LayeredConfig(
        app_stack,
        "Config",
        secrets={"b": "s", "b.d": "t"},
        **files(tmp_path, base={"b": {"c": 2}}),
    )


def test_more_references_than_fit_into_an_environment_are_refused(app_stack: cdk.Stack) -> None:
    text = refusal(app_stack, parameters={f"key{number}": f"/parameter/{number:030}" for number in range(80)})
    assert text.startswith("THAW136")


def test_what_only_the_deployment_knows_counts_for_nothing(app_stack: cdk.Stack) -> None:
    arn = f"arn:{cdk.Aws.PARTITION}:ssm:{TOKEN}"
    LayeredConfig(app_stack, "Config", parameters={f"k{number}": arn for number in range(150)})


def test_two_overrides_are_refused(app_stack: cdk.Stack, tmp_path: Path) -> None:
    text = refusal(app_stack, override_object=("bucket", "key"), **files(tmp_path, override={}))
    assert text.startswith("THAW051")


@pytest.mark.parametrize(
    "refresh",
    [
        cdk.Duration.seconds(0),
        cdk.Duration.days(2),
        cdk.Duration.millis(1500),
        cdk.Duration.seconds(cdk.Token.as_number(TOKEN)),
        60,
        "60",
    ],
)
def test_a_refresh_that_is_none_is_refused(app_stack: cdk.Stack, refresh: Any) -> None:
    assert refusal(app_stack, refresh=refresh).startswith("THAW058")
