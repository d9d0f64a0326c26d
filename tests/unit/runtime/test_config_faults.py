"""``load``: a layer that cannot be read is a warning, one that is malformed an error."""

import json
from typing import Any

import pytest
from config_schemas import Level, Settings
from config_world import World
from thaw_runtime import config_remote
from thaw_runtime.config import ConfigError


@pytest.mark.parametrize(
    ("service", "fault", "said"),
    [
        ("s3", "AccessDenied", "the override s3://bucket/prod/config.json cannot be read: AccessDenied: no"),
        ("s3", "NoSuchKey", "the override s3://bucket/prod/config.json cannot be read: NoSuchKey: no"),
        (
            "ssm",
            "AccessDeniedException",
            "the parameter /prod/port cannot be read: AccessDeniedException: no",
        ),
        (
            "secretsmanager",
            "ResourceNotFoundException",
            "the secret prod/database cannot be read: ResourceNotFoundException: no",
        ),
    ],
)
def test_a_layer_that_cannot_be_read_is_a_warning_and_the_rest_goes_on(
    everywhere: World, service: str, fault: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    everywhere.local({"database": {"password": "local"}})
    everywhere.aws.faults[service] = fault
    assert everywhere.load(Settings).retries == 1
    assert capsys.readouterr().err == f"[WARNING] thaw_runtime.config: {said}\n"


def test_a_service_that_does_not_answer_is_a_warning(
    everywhere: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(config_remote, "_TIMEOUTS", {"read_timeout": 0.05, "retries": {"max_attempts": 0}})
    everywhere.aws.faults["s3"] = "silence"
    assert everywhere.load(Settings).database.host == "packaged"
    assert "Read timeout" in capsys.readouterr().err


def test_a_named_file_that_is_not_there_is_a_warning(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.set(THAW_CONFIG_BASE="gone.json")
    world.load()
    assert "gone.json cannot be read: No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize("schema", [Settings, None])
def test_what_is_missing_then_is_an_error_that_says_why(everywhere: World, schema: type[Any] | None) -> None:
    everywhere.aws.faults["secretsmanager"] = "AccessDeniedException"
    with pytest.raises(
        ConfigError, match=r"database.password is missing; the secret prod/database cannot be read: Acc"
    ):
        everywhere.load(schema)


def test_a_field_that_a_secret_does_not_have_is_missing_and_no_value_is_shown(everywhere: World) -> None:
    everywhere.aws.secrets["prod/database"] = '{"pass": "hunter2"}'
    with pytest.raises(ConfigError, match="it has no field password") as caught:
        everywhere.load(Settings)
    assert "hunter2" not in str(caught.value)


def test_a_field_of_a_secret_that_is_no_object_is_missing(everywhere: World) -> None:
    everywhere.aws.secrets["prod/database"] = "hunter2"
    with pytest.raises(ConfigError, match="it is no JSON object"):
        everywhere.load(Settings)


def test_a_parameter_that_does_not_exist_is_a_warning(
    everywhere: World, capsys: pytest.CaptureFixture[str]
) -> None:
    del everywhere.aws.parameters["/prod/port"]
    assert everywhere.load(Settings).database.port == 5432
    assert "the parameter /prod/port cannot be read: it does not exist" in capsys.readouterr().err


def test_a_function_without_boto3_is_told_where_to_put_it(
    everywhere: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(config_remote, "import_module", missing)
    with pytest.raises(ConfigError, match=r"No module named 'boto3'\): add boto3 to requirements.txt"):
        everywhere.load()


# What is malformed.


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (
            {"THAW_CONFIG_OVERRIDE": "bucket/key"},
            "THAW_CONFIG_OVERRIDE must be s3://BUCKET/KEY, not 'bucket/key'",
        ),
        ({"THAW_CONFIG_OVERRIDE": "s3://bucket"}, "THAW_CONFIG_OVERRIDE must be s3://BUCKET/KEY"),
        ({"THAW_CONFIG_PARAMETERS": "[]"}, "THAW_CONFIG_PARAMETERS must be a JSON object of keys and names"),
        ({"THAW_CONFIG_SECRETS": '{"a": 1}'}, "THAW_CONFIG_SECRETS must be a JSON object of keys and names"),
        ({"THAW_CONFIG__": "1"}, "THAW_CONFIG__ names no key"),
        ({"THAW_CONFIG__a____b": "1"}, "THAW_CONFIG__a____b names no key"),
        (
            {"THAW_CONFIG__a": "1", "THAW_CONFIG__a__b": "1"},
            "a: environment variable THAW_CONFIG__a has a value where",
        ),
    ],
)
def test_a_malformed_variable_is_an_error_with_its_name(
    world: World, variables: dict[str, str], said: str
) -> None:
    world.set(**variables)
    with pytest.raises(ConfigError, match=said):
        world.load()


def test_a_malformed_file_is_an_error_with_its_place(world: World) -> None:
    world.packaged('{\n "database": {"port": }}')
    with pytest.raises(
        ConfigError, match=r"packaged file .*config.json, line 2, column 23, key database.port: "
    ):
        world.load()


def test_a_malformed_override_is_an_error_and_no_warning(everywhere: World) -> None:
    everywhere.aws.objects["/bucket/prod/config.json"] = b'{"a": 1,\n "a": 2}'
    with pytest.raises(
        ConfigError, match=r"override s3://bucket/prod/config\.json, line 2, key a: the key is there twice"
    ):
        everywhere.load()


def test_a_file_of_more_than_a_megabyte_is_refused(world: World) -> None:
    world.packaged(json.dumps({"a": "x" * (1 << 20)}))
    with pytest.raises(ConfigError, match="larger than 1 MB"):
        world.load()


def test_a_section_over_a_value_is_an_error_with_both_places(everywhere: World) -> None:
    everywhere.override({"retries": {"count": 1}})
    with pytest.raises(
        ConfigError,
        match=r"retries: packaged file .*config.json, line 1 has a value where the section of override s3://",
    ):
        everywhere.load()


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "soon", "\N{SUPERSCRIPT TWO}"])
def test_an_interval_that_is_none_is_an_error(world: World, text: str) -> None:
    world.set(THAW_CONFIG_REFRESH=text)
    with pytest.raises(ConfigError, match="THAW_CONFIG_REFRESH must be a number of seconds"):
        world.load()


def test_keys_that_nothing_reads_are_a_warning_with_what_may_have_been_meant(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.packaged({"level": "x", "levle": "y"})
    world.load(Level)
    assert "config.json, line 1: nothing reads levle; did you mean level?" in capsys.readouterr().err
