"""``load()`` where a snapshot is made: nothing is read, and the result gets its values in each environment."""

import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import snapshot_restore_py
from thaw_runtime import config, config_sources
from thaw_runtime.config import ConfigError, Configuration


@dataclass(frozen=True)
class Plain:
    level: str
    retries: int = 3


@dataclass(frozen=True, slots=True)
class Slotted:
    level: str
    retries: int = 3


class Build:
    """Turns this process into one that makes a snapshot, and into one that takes it up."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self._patch = patch
        self._file = folder / "config.json"
        self.environment = config._Environment()

    def leave(self) -> None:
        self._patch.delitem(sys.modules, "snapshot_build.main")
        self._file.write_text('{"level": "of the environment"}')

    def run_hooks(self) -> None:
        for function, arguments, named in snapshot_restore_py.get_after_restore():
            function(*arguments, **named)


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Build:
    monkeypatch.setitem(sys.modules, "snapshot_build.main", ModuleType("snapshot_build"))
    monkeypatch.setattr(snapshot_restore_py, "_after_restore", [])
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LAMBDA_TASK_ROOT", raising=False)
    monkeypatch.delenv("_HANDLER", raising=False)
    return Build(monkeypatch, tmp_path)


KINDS = pytest.mark.parametrize("schema", [Plain, Slotted, None])


@KINDS
def test_the_result_gets_its_values_before_the_first_invocation(
    build: Build, schema: type[Any] | None
) -> None:
    result = build.environment.load(schema)
    build.leave()
    build.run_hooks()
    assert type(result) is (schema or Configuration)
    assert result == build.environment.load(schema)
    assert result.level == "of the environment"


@KINDS
def test_without_the_hook_it_gets_them_when_it_is_first_looked_at(
    build: Build, schema: type[Any] | None
) -> None:
    result = build.environment.load(schema)
    build.leave()
    assert result.level == "of the environment"
    assert type(result) is (schema or Configuration)


@KINDS
@pytest.mark.parametrize("look", [repr, hash, str, lambda each: each == 1])
def test_operators_look_too(build: Build, schema: type[Any] | None, look: Any) -> None:
    result = build.environment.load(schema)
    build.leave()
    assert look(result) == look(build.environment.load(schema))


def test_a_section_is_iterated_over_and_asked_for_keys(build: Build) -> None:
    first, second, third = (config._Environment().load(None) for _ in range(3))
    build.leave()
    assert list(first) == ["level"]
    assert "level" in second
    assert third["level"] == "of the environment"


@KINDS
def test_it_is_already_of_its_class(build: Build, schema: type[Any] | None) -> None:
    assert isinstance(build.environment.load(schema), schema or Configuration)


@KINDS
@pytest.mark.parametrize("name", ["level", "retries"])
def test_looking_at_it_while_the_snapshot_is_made_is_an_error_also_for_a_default(
    build: Build, schema: type[Any] | None, name: str
) -> None:
    result = build.environment.load(schema)
    with pytest.raises(ConfigError, match="not known while a snapshot is made"):
        getattr(result, name)


def test_no_variable_and_no_file_is_read(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "os", None)
    monkeypatch.setattr(config_sources, "os", None)
    build.environment.load(Plain)


def test_asked_twice_it_is_the_same(build: Build) -> None:
    assert build.environment.load(Plain) is build.environment.load(Plain)


def test_a_class_that_cannot_be_read_is_refused_at_once(build: Build) -> None:
    with pytest.raises(TypeError):
        build.environment.load(dict)


def test_a_configuration_that_cannot_be_read_after_the_restore_fails_where_it_is_used(
    build: Build, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    result = build.environment.load(Plain)
    build.leave()
    (tmp_path / "config.json").write_text("{")
    build.run_hooks()
    assert "is read again when it is first used: packaged file" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="line 1, column 2"):
        result.level  # noqa: B018 - the access is the test


def test_when_the_build_tries_the_snapshot_out_nothing_is_read(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = build.environment.load(Plain)
    build.leave()
    monkeypatch.setenv("_HANDLER", "thaw_runtime.rehearsal.answer")
    build.run_hooks()
    assert type(result) is not Plain
