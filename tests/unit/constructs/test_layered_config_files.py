"""LayeredConfig: files and schemas that are refused at synth."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from layered_config_files import files, refusal

from constructs_lib import LayeredConfig
from tests.synthesis import new_app


@pytest.fixture
def app_stack() -> cdk.Stack:
    return cdk.Stack(new_app(), "Stack")


@pytest.mark.parametrize("prop", ["base", "override", "schema"])
def test_a_file_that_is_not_there_is_named(app_stack: cdk.Stack, prop: str, tmp_path: Path) -> None:
    text = refusal(app_stack, **{prop: tmp_path / "gone.json"})
    assert text.startswith(f"THAW130: Stack/Config: its {prop} does not exist")
    assert "gone.json" in text


@pytest.mark.parametrize("name", ["config.yaml", "config", "config.JSON"])
def test_a_file_is_json_or_toml_by_its_name(app_stack: cdk.Stack, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}")
    assert "THAW130" in refusal(app_stack, override=tmp_path / name)


def test_a_folder_is_no_file(app_stack: cdk.Stack, tmp_path: Path) -> None:
    (tmp_path / "config.json").mkdir()
    assert "THAW130" in refusal(app_stack, base=tmp_path / "config.json")


@pytest.mark.parametrize("prop", ["base", "override"])
@pytest.mark.parametrize(
    ("content", "place"),
    [
        ('{\n "a": 1,\n}', "line 3, column 1, key a"),
        ('{"a": {"b": 1,\n "b": 2}}', "line 2, key a.b: the key is there twice, first in line 1"),
        ("[]", "line 1: the file holds no object at its top"),
        ("", "line 1, column 1"),
    ],
)
def test_a_malformed_file_is_refused_with_line_and_key(
    app_stack: cdk.Stack, tmp_path: Path, prop: str, content: str, place: str
) -> None:
    text = refusal(app_stack, **files(tmp_path, **{prop: content}))
    assert text.startswith(f"THAW131: Stack/Config: its {prop} is malformed")
    assert f"{prop}.json, {place}" in text


def test_toml_is_refused_likewise(app_stack: cdk.Stack, tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text("a = 1\na = 2\n")
    assert "base.toml, line 2" in refusal(app_stack, base=tmp_path / "base.toml")


def test_a_file_of_more_than_a_megabyte_is_refused(app_stack: cdk.Stack, tmp_path: Path) -> None:
    assert "THAW138" in refusal(app_stack, **files(tmp_path, override={"a": "x" * (1 << 20)}))


def test_files_that_contradict_each_other_are_refused_with_both_lines(
    app_stack: cdk.Stack, tmp_path: Path
) -> None:
    text = refusal(app_stack, **files(tmp_path, base={"a": 0, "b": {"c": 1}}, override={"b": 2}))
    assert text.startswith("THAW135")
    assert "override.json, line 2 has a value where the section of base" in text
    assert "base.json, line 4" in text


def test_a_schema_is_checked_itself(app_stack: cdk.Stack) -> None:
    text = refusal(app_stack, schema={"type": "text"})
    assert text.startswith("THAW131: Stack/Config: its schema is no JSON Schema")


SCHEMA = {
    "type": "object",
    "properties": {
        "database": {
            "type": "object",
            "properties": {"port": {"type": "integer"}, "password": {"type": "string", "minLength": 12}},
            "required": ["host", "port"],
        },
        "levels": {"items": {"enum": ["info", "warn"]}},
    },
    "required": ["database"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("base", "override", "said"),
    [
        ({}, {}, "(top): database is missing"),
        ({"database": {"host": "x"}}, {}, "base.json, line 2, database: port is missing"),
        (
            {"database": {"host": "x", "port": 1}},
            {"database": {"port": "1"}},
            'override.json, line 3, database.port: "1" does not fit type: "integer"',
        ),
        (
            {"database": {"host": "x", "port": 1}, "levels": ["info", "error"]},
            {},
            'base.json, line 8, levels.1: "error" does not fit enum: ["info", "warn"]',
        ),
        ({"database": {"host": "x", "port": 1}, "extra": 1}, {}, "does not fit additionalProperties: false"),
        (
            {"database": {"host": "x", "port": 1, "password": "hunter2"}},
            {},
            "base.json, line 5, database.password: its value (not shown) does not fit minLength: 12",
        ),
    ],
)
def test_a_violation_has_file_line_key_and_what_was_wanted(
    app_stack: cdk.Stack, tmp_path: Path, base: Any, override: Any, said: str
) -> None:
    text = refusal(app_stack, schema=SCHEMA, **files(tmp_path, base=base, override=override))
    assert text.startswith("THAW132")
    assert said in text
    assert "hunter2" not in text


def test_all_violations_are_told_at_once(app_stack: cdk.Stack, tmp_path: Path) -> None:
    base = {"database": {"host": 1, "port": "x"}, "levels": ["a", "b"]}
    text = refusal(app_stack, schema=SCHEMA, **files(tmp_path, base=base))
    assert text.count("does not fit") == 3


def test_a_schema_may_be_a_file_of_another_draft(app_stack: cdk.Stack, tmp_path: Path) -> None:
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "dependencies": {"a": ["b"]}}
    assert "THAW132" in refusal(app_stack, **files(tmp_path, schema=schema, base={"a": 1}))


def test_a_reference_counts_as_there_and_as_of_the_type_asked_for(
    app_stack: cdk.Stack, tmp_path: Path
) -> None:
    LayeredConfig(
        app_stack,
        "Config",
        schema=SCHEMA,
        parameters={"database.port": "/port"},
        secrets={"database.password": "password"},
        **files(tmp_path, base={"database": {"host": "x"}}),
    )


def test_a_reference_in_place_of_a_wrong_value_mends_it(app_stack: cdk.Stack, tmp_path: Path) -> None:
    base = {"database": {"host": "x", "port": "filled in later"}}
    LayeredConfig(
        app_stack,
        "Config",
        schema=SCHEMA,
        parameters={"database.port": "/port"},
        **files(tmp_path, base=base),
    )


def test_an_object_that_is_not_known_may_bring_what_is_missing(app_stack: cdk.Stack) -> None:
    LayeredConfig(app_stack, "Config", schema=SCHEMA, override_object=("settings", "config.json"))


def test_an_object_that_is_not_known_does_not_excuse_a_wrong_value(
    app_stack: cdk.Stack, tmp_path: Path
) -> None:
    base = files(tmp_path, base={"database": {"port": "x"}})
    assert "THAW132" in refusal(app_stack, schema=SCHEMA, override_object=("settings", "config.json"), **base)
