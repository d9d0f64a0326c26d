"""``load``: each layer lies over those before it, and each completes the others."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from config_schemas import BASE, Database, Level, Settings
from config_world import World
from thaw_runtime import config_remote
from thaw_runtime.config import ConfigError, Secret


def packaged(world: World) -> None:
    world.packaged({"level": "packaged"})


def override(world: World) -> None:
    world.override({"level": "override"})
    world.set(THAW_CONFIG_OVERRIDE="s3://bucket/prod/config.json")


def parameter(world: World) -> None:
    world.aws.parameters["/level"] = ("String", "parameter")
    world.set(THAW_CONFIG_PARAMETERS='{"level": "/level"}')


def local(world: World) -> None:
    world.local({"level": "local"})


def variable(world: World) -> None:
    world.set(THAW_CONFIG__level="variable")


LAYERS: list[Callable[[World], None]] = [packaged, override, parameter, local, variable]


@pytest.mark.parametrize("count", range(1, len(LAYERS) + 1))
def test_each_layer_lies_over_those_before_it(world: World, count: int) -> None:
    for layer in LAYERS[:count]:
        layer(world)
    assert world.load(Level).level == LAYERS[count - 1].__name__


def test_a_secret_lies_over_a_parameter_and_under_a_local_file(world: World) -> None:
    world.aws.parameters["/database/password"] = ("String", "of the parameter")
    world.aws.secrets["database"] = '{"password": "of the secret", "host": "of the secret"}'
    world.set(
        THAW_CONFIG_PARAMETERS='{"database.password": "/database/password"}',
        THAW_CONFIG_SECRETS='{"database": "database"}',
    )
    world.local({"database": {"host": "local"}})
    database = world.load().database
    assert (database.password.reveal(), database.host.reveal()) == ("of the secret", "local")


def test_layers_complete_each_other_to_a_typed_value(
    everywhere: World, capsys: pytest.CaptureFixture[str]
) -> None:
    everywhere.set(THAW_CONFIG__retries="7")
    settings = everywhere.load(Settings)
    assert settings == Settings(Database("override", 6000, Secret("hunter2")), retries=7)
    assert capsys.readouterr().err == ""


def test_without_any_layer_there_is_an_empty_configuration(world: World) -> None:
    assert dict(world.load()) == {}


def test_without_layers_in_aws_boto3_is_not_imported(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_remote, "import_module", None)
    world.packaged(BASE)
    assert world.load().database.host == "packaged"


def test_the_packaged_file_may_have_another_name_and_be_toml(world: World) -> None:
    world.packaged('level = "toml"\n', "settings.toml")
    world.set(THAW_CONFIG_BASE="settings.toml")
    assert world.load(Level).level == "toml"


def test_the_local_file_may_lie_elsewhere(world: World, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text('{"level": "mine"}')
    world.set(THAW_CONFIG_LOCAL=str(tmp_path / "mine.json"))
    assert world.load(Level).level == "mine"


def test_two_files_for_one_layer_are_an_error(world: World) -> None:
    world.packaged({})
    world.packaged("", "config.toml")
    with pytest.raises(ConfigError, match="the packaged file is there twice"):
        world.load()


def test_parameters_are_got_ten_at_a_time_and_secrets_once(world: World) -> None:
    world.aws.parameters |= {f"/p/{number}": ("String", str(number)) for number in range(12)}
    world.aws.secrets["s"] = '{"a": "1", "b": "2"}'
    world.set(
        THAW_CONFIG_PARAMETERS=json.dumps({f"p{number}": f"/p/{number}" for number in range(12)}),
        THAW_CONFIG_SECRETS='{"a": "s#a", "b": "s#b"}',
    )
    assert world.load().p11 == "11"
    assert [each.partition(" ")[0] for each in world.aws.asked] == ["ssm", "ssm", "secretsmanager"]


def test_a_parameter_may_be_named_by_its_arn(world: World) -> None:
    world.aws.parameters["/p"] = ("String", "1")
    world.aws.parameters["arn:/p"] = world.aws.parameters["/p"]
    world.set(THAW_CONFIG_PARAMETERS='{"p": "arn:/p"}')
    assert world.load().p == "1"


def test_a_secure_string_is_a_secret(world: World) -> None:
    world.aws.parameters["/p"] = ("SecureString", "hunter2")
    world.set(THAW_CONFIG_PARAMETERS='{"p": "/p"}')
    assert world.load().p == Secret("hunter2")


def test_a_secret_that_is_no_json_is_a_value_and_one_that_is_an_object_is_a_section(world: World) -> None:
    world.aws.secrets |= {"plain": "12", "object": '{"number": 12, "text": "x"}'}
    world.set(THAW_CONFIG_SECRETS='{"a": "plain", "b": "object"}')
    loaded = world.load()
    assert (loaded.a.reveal(), loaded.b.number.reveal(), loaded.b.text.reveal()) == ("12", 12, "x")


def test_what_another_layer_has_in_place_of_a_secret_is_hidden_too(world: World) -> None:
    world.set(THAW_CONFIG_SECRETS='{"password": "missing"}', THAW_CONFIG__password="hunter2")
    assert "hunter2" not in repr(world.load())
