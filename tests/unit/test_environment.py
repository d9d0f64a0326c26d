"""The environments: what cdk.json may say, and how a mistake in it reads."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.environment import RETENTION_DAYS, Environment
from stacks.errors import (
    ConflictingKeysError,
    EnvironmentConfigurationError,
    EnvironmentNotChosenError,
    UnknownEnvironmentError,
    UnknownKeyError,
    WrongFormError,
    WrongValueError,
)
from tests.synthesis import ENVIRONMENTS, ROOT

SECRET_ARN = "arn:aws:secretsmanager:eu-north-1:123456789012:secret:team/database-AbC123"


def with_value(key: str, value: object) -> Environment:
    return Environment.parse("dev", {"dev": {key: value}})


@pytest.mark.parametrize("name", ["local", "dev", "staging", "prod"])
def test_every_environment_of_the_project_can_be_parsed(name: str) -> None:
    assert Environment.parse(name, ENVIRONMENTS).name == name


def test_the_local_environment_can_only_mean_the_local_account() -> None:
    local = Environment.parse("local", ENVIRONMENTS)
    assert (local.account, local.region) == ("000000000000", "eu-north-1")


def test_production_keeps_what_it_stores_and_cannot_be_destroyed_by_accident() -> None:
    prod = Environment.parse("prod", ENVIRONMENTS)
    assert (prod.removal, prod.termination_protection, prod.point_in_time_recovery) == ("retain", True, True)


def test_an_environment_without_keys_has_every_default() -> None:
    assert Environment.parse("dev", {"dev": {}}) == Environment(name="dev")


def test_an_environment_cannot_be_changed_after_parsing() -> None:
    environment = Environment(name="dev")
    with pytest.raises(FrozenInstanceError):
        environment.name = "prod"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("account", "123456789012"),
        ("account", None),
        ("region", "us-gov-west-1"),
        ("architecture", "arm64"),
        ("runtime", "provided.al2"),
        ("memory_mb", 128),
        ("memory_mb", 10_240),
        ("log_retention_days", 3653),
        ("alert_config", "stacks/config/alert.prod.json"),
        ("alarm_email", "team@example.com"),
        ("database_instance", "r8g.large"),
        ("private_database", False),
        ("canary", True),
        ("database_secret", "team/database"),
        ("database_secret", SECRET_ARN),
        ("point_in_time_recovery", False),
    ],
)
def test_a_value_that_is_allowed_is_taken_as_it_is(key: str, value: object) -> None:
    assert getattr(with_value(key, value), key) == value


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("account", 123456789012),
        ("account", "12345678901"),
        ("account", "1234567890123"),
        ("region", "stockholm"),
        ("region", ""),
        ("architecture", "x86"),
        ("runtime", "python3.13"),
        ("memory_mb", 127),
        ("memory_mb", 10_241),
        ("memory_mb", "512"),
        ("memory_mb", 512.5),
        ("memory_mb", True),
        ("memory_mb", None),
        ("database_connections", 1),
        ("log_retention_days", 8),
        ("log_retention_days", True),
        ("removal", "delete"),
        ("termination_protection", "true"),
        ("termination_protection", 1),
        ("database_secret", ""),
        ("database_secret", "no spaces"),
        ("database_secret", SECRET_ARN.removesuffix("-AbC123")),
        ("database_secret", "arn:aws:s3:::bucket"),
        ("webhook_secret", ["thaw/webhook"]),
        ("alert_config", "/etc/alert.json"),
        ("alert_config", "alert.yaml"),
        ("alarm_email", "the team"),
        ("database_instance", "db.t4g.micro.x"),
        ("database_multi_az", 1),
        ("alarms", "yes"),
    ],
)
def test_a_value_that_is_not_allowed_is_named_with_its_key_and_what_is_allowed(
    key: str, value: object
) -> None:
    with pytest.raises(WrongValueError) as caught:
        with_value(key, value)
    assert f"context.environments.dev.{key}" in caught.value.what
    assert caught.value.received == repr(value)
    assert caught.value.allowed


def test_a_key_that_is_nearly_right_gets_the_right_one_suggested() -> None:
    with pytest.raises(UnknownKeyError, match="did you mean memory_mb") as caught:
        with_value("memory_md", 512)
    assert caught.value.received == "memory_md"


def test_a_key_that_is_like_no_other_gets_no_suggestion() -> None:
    with pytest.raises(UnknownKeyError) as caught:
        with_value("zzz", 1)
    assert caught.value.change == "remove the key"


def test_an_environment_cannot_rename_itself() -> None:
    with pytest.raises(UnknownKeyError):
        with_value("name", "prod")


def test_an_unknown_environment_is_told_which_there_are_and_which_is_near() -> None:
    with pytest.raises(UnknownEnvironmentError, match="did you mean staging") as caught:
        Environment.parse("stagin", ENVIRONMENTS)
    assert caught.value.allowed == "local, dev, staging, prod"


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_environment_at_all_is_told_how_to_choose_one(nothing: str | None) -> None:
    with pytest.raises(EnvironmentNotChosenError, match="cdk synth -c env=NAME"):
        Environment.parse(nothing, ENVIRONMENTS)


@pytest.mark.parametrize("name", ["Prod", "a" * 21, "-dev", "dev_1"])
def test_a_name_that_cannot_be_part_of_a_stack_name_is_refused(name: str) -> None:
    with pytest.raises(WrongValueError):
        Environment.parse(name, {name: {}})


@pytest.mark.parametrize("environments", [None, [], "dev", {"dev": None}, {"dev": ["memory_mb"]}])
def test_environments_that_are_no_mapping_are_one_clear_error(environments: object) -> None:
    with pytest.raises(WrongFormError):
        Environment.parse("dev", environments)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=8,
)
KEYS = st.sampled_from([*Environment.__dataclass_fields__, "unknown"])


@given(name=st.just("dev") | ANY_JSON, values=st.dictionaries(KEYS, ANY_JSON) | ANY_JSON)
def test_whatever_cdk_json_says_the_outcome_is_an_environment_or_a_clear_error(
    name: Any, values: Any
) -> None:
    with suppress(EnvironmentConfigurationError):
        assert Environment.parse(name, {"dev": values}).name == "dev"


def test_every_retention_that_is_allowed_has_its_term_in_the_cdk() -> None:
    from aws_cdk import aws_logs as logs  # noqa: PLC0415 - the other tests here need no CDK

    from stacks.terms import RETENTION  # noqa: PLC0415 - the same

    assert tuple(RETENTION) == RETENTION_DAYS
    assert {*RETENTION.values(), logs.RetentionDays.INFINITE} == set(logs.RetentionDays)


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({}, "THAW030: no environment was chosen"),
        ({"env": "dev", "environments": {"dev": {"memory_mb": 1}}}, "context.environments.dev.memory_mb"),
    ],
)
def test_the_application_reports_a_mistake_without_a_traceback(
    context: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    everything = {"environments": ENVIRONMENTS, **context}
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={
            "PATH": "",
            "HOME": str(Path.home()),
            "JSII_NODE": os.environ["JSII_NODE"],
            "CDK_CONTEXT_JSON": json.dumps(everything),
            "CDK_OUTDIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_a_slash_command_that_slack_cannot_call_is_refused() -> None:
    with pytest.raises(ConflictingKeysError, match=r"THAW035.*\n.*slack_secret without report_public"):
        with_value("slack_secret", "thaw/slack")
