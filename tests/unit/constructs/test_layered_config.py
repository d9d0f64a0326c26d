"""LayeredConfig: what a function is told, and what it may read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm

from constructs_lib import CustomRuntimeFunction, LayeredConfig
from tests.synthesis import FLAGS, new_app, readable, resources, statements, template

ASSETS = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"


@pytest.fixture
def override(tmp_path: Path) -> Path:
    path = tmp_path / "prod.json"
    path.write_text('{"level": "info"}')
    return path


def granted(stack: cdk.Stack, config: LayeredConfig) -> list[tuple[list[str], str]]:
    """What a role may do that can read the configuration."""
    role = iam.Role(stack, "Reader", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    config.grant_read(role)
    return statements(stack, "Reader")


def variables(stack: cdk.Stack, config: LayeredConfig) -> dict[str, str]:
    return {name: readable(value) for name, value in stack.resolve(dict(config.variables)).items()}


def test_a_configuration_of_nothing_tells_nothing_and_grants_nothing(stack: cdk.Stack) -> None:
    config = LayeredConfig(stack, "Config")
    assert dict(config.variables) == {}
    assert granted(stack, config) == []


def test_a_packaged_file_is_told_by_its_name_and_needs_no_permission(
    stack: cdk.Stack, override: Path
) -> None:
    config = LayeredConfig(stack, "Config", base=override)
    assert dict(config.variables) == {"THAW_CONFIG_BASE": "prod.json"}
    assert granted(stack, config) == []


def test_an_override_is_an_asset_of_which_the_one_object_may_be_read(
    stack: cdk.Stack, override: Path
) -> None:
    config = LayeredConfig(stack, "Config", override=override)
    [(actions, arn)] = granted(stack, config)
    told = variables(stack, config)["THAW_CONFIG_OVERRIDE"]
    assert actions == ["s3:GetObject"]
    assert told.startswith("s3://")
    assert told.endswith(".json")
    assert arn == told.replace("s3://", "arn:AWS::Partition:s3:::")


def test_an_override_makes_no_resource(stack: cdk.Stack, override: Path) -> None:
    LayeredConfig(stack, "Config", override=override)
    assert "Resources" not in template(stack)


def test_an_object_of_a_bucket_is_read_without_its_neighbours(stack: cdk.Stack) -> None:
    config = LayeredConfig(
        stack, "Config", override_object=(s3.Bucket(stack, "Settings"), "prod/config.json")
    )
    assert variables(stack, config) == {"THAW_CONFIG_OVERRIDE": "s3://Settings/prod/config.json"}
    assert granted(stack, config) == [(["s3:GetObject"], "Settings.Arn/prod/config.json")]


def test_an_object_may_be_said_by_the_name_of_its_bucket(stack: cdk.Stack) -> None:
    config = LayeredConfig(stack, "Config", override_object=("settings", "prod/config.json"))
    assert variables(stack, config) == {"THAW_CONFIG_OVERRIDE": "s3://settings/prod/config.json"}
    assert granted(stack, config) == [(["s3:GetObject"], "arn:AWS::Partition:s3:::settings/prod/config.json")]


PARAMETER = "arn:AWS::Partition:ssm:AWS::Region:AWS::AccountId:parameter"
Parameters = Callable[[cdk.Stack], Any]


@pytest.mark.parametrize(
    ("parameter", "name", "arn"),
    [
        (lambda _: "/prod/port", "/prod/port", f"{PARAMETER}/prod/port"),
        (lambda _: "port", "port", f"{PARAMETER}/port"),
        (
            lambda _: "/aws/service/x/latest",
            "/aws/service/x/latest",
            "arn:AWS::Partition:ssm:AWS::Region::parameter/aws/service/x/latest",
        ),
        (
            lambda _: "arn:aws:ssm:eu-north-1:123456789012:parameter/p",
            "arn:aws:ssm:eu-north-1:123456789012:parameter/p",
            "arn:aws:ssm:eu-north-1:123456789012:parameter/p",
        ),
        (lambda stack: ssm.StringParameter(stack, "Port", string_value="1"), "Port", f"{PARAMETER}/Port"),
        (
            lambda stack: ssm.StringParameter.from_string_parameter_name(stack, "Port", "/prod/port"),
            "/prod/port",
            f"{PARAMETER}/prod/port",
        ),
    ],
)
def test_a_parameter_is_told_by_name_and_granted_by_arn(
    stack: cdk.Stack, parameter: Parameters, name: str, arn: str
) -> None:
    config = LayeredConfig(stack, "Config", parameters={"database.port": parameter(stack)})
    assert json.loads(variables(stack, config)["THAW_CONFIG_PARAMETERS"]) == {"database.port": name}
    assert granted(stack, config) == [(["ssm:GetParameters"], arn)]


SECRET = "arn:AWS::Partition:secretsmanager:AWS::Region:AWS::AccountId:secret"
FULL = "arn:aws:secretsmanager:eu-north-1:123456789012:secret:prod/database-a1B2c3"


@pytest.mark.parametrize(
    ("secret", "name", "arn"),
    [
        (lambda _: "prod/database", "prod/database", f"{SECRET}:prod/database-??????"),
        (lambda _: ("prod/database", "password"), "prod/database#password", f"{SECRET}:prod/database-??????"),
        (lambda _: FULL, FULL, FULL),
        (lambda stack: secretsmanager.Secret(stack, "Made"), "Made", "Made"),
        (lambda stack: (secretsmanager.Secret(stack, "Made"), "a#b"), "Made#a#b", "Made"),
        (
            lambda stack: secretsmanager.Secret.from_secret_name_v2(stack, "Found", "prod/database"),
            "prod/database",
            f"{SECRET}:prod/database-??????",
        ),
        (lambda stack: secretsmanager.Secret.from_secret_complete_arn(stack, "Found", FULL), FULL, FULL),
    ],
)
def test_a_secret_is_told_by_name_or_arn_and_granted_with_its_six_characters(
    stack: cdk.Stack, secret: Parameters, name: str, arn: str
) -> None:
    config = LayeredConfig(stack, "Config", secrets={"database.password": secret(stack)})
    assert json.loads(variables(stack, config)["THAW_CONFIG_SECRETS"]) == {"database.password": name}
    assert granted(stack, config) == [(["secretsmanager:GetSecretValue"], arn)]


def test_two_fields_of_a_secret_are_one_permission(stack: cdk.Stack) -> None:
    config = LayeredConfig(stack, "Config", secrets={"user": ("db", "user"), "password": ("db", "password")})
    assert granted(stack, config) == [(["secretsmanager:GetSecretValue"], f"{SECRET}:db-??????")]


@pytest.mark.parametrize(
    ("props", "key", "services"),
    [
        (
            lambda stack: {
                "secrets": {"a": secretsmanager.Secret(stack, "Made", encryption_key=kms.Key(stack, "Key"))}
            },
            "Key.Arn",
            ["secretsmanager"],
        ),
        (
            lambda stack: {
                "override_object": (
                    s3.Bucket(stack, "Bucket", encryption_key=kms.Key(stack, "Key")),
                    "config.json",
                )
            },
            "Key.Arn",
            ["s3"],
        ),
        (
            lambda stack: {
                "parameters": {"a": "/secure"},
                "secrets": {"b": "secret"},
                "encryption_keys": [kms.Key(stack, "Key")],
            },
            "Key.Arn",
            ["ssm", "secretsmanager"],
        ),
    ],
)
def test_a_customers_key_decrypts_for_the_services_alone(
    stack: cdk.Stack, props: Callable[[cdk.Stack], dict[str, Any]], key: str, services: list[str]
) -> None:
    config = LayeredConfig(stack, "Config", **props(stack))
    assert (["kms:Decrypt"], key) in granted(stack, config)
    conditions = [
        statement["Condition"]["StringEquals"]["kms:ViaService"]
        for policy in resources(stack, "AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "kms:Decrypt"
    ]
    [via] = [each if isinstance(each, list) else [each] for each in conditions]
    assert [readable(each) for each in via] == [
        f"{service}.AWS::Region.amazonaws.com" for service in services
    ]


def test_a_refresh_is_told_in_seconds(stack: cdk.Stack) -> None:
    config = LayeredConfig(stack, "Config", refresh=cdk.Duration.minutes(5))
    assert dict(config.variables) == {"THAW_CONFIG_REFRESH": "300"}


def test_a_function_gets_the_variables_and_the_permissions(
    stack: cdk.Stack, source: Path, override: Path
) -> None:
    config = LayeredConfig(stack, "Config", override=override, secrets={"password": "prod/database"})
    CustomRuntimeFunction(
        stack, "Hello", source=source, handler="handler.handle", config=config, environment={"AA": "own"}
    )
    [function] = resources(stack, "AWS::Lambda::Function")
    assert sorted(function["Environment"]["Variables"]) == [
        "AA",
        "THAW_CONFIG_OVERRIDE",
        "THAW_CONFIG_SECRETS",
    ]
    actions = [action for actions, _ in statements(stack, "HelloRole") for action in actions]
    assert {"s3:GetObject", "secretsmanager:GetSecretValue"} <= set(actions)
    assert not [arn for _, arn in statements(stack, "HelloRole") if arn == "*"]


def test_a_configuration_serves_functions_of_another_stack(override: Path, source: Path) -> None:
    app = new_app(FLAGS)
    first, second = cdk.Stack(app, "First"), cdk.Stack(app, "Second")
    config = LayeredConfig(first, "Config", override=override, parameters={"a": "/a"})
    CustomRuntimeFunction(second, "Hello", source=source, handler="handler.handle", config=config)
    actions = [action for actions, _ in statements(second, "HelloRole") for action in actions]
    assert {"s3:GetObject", "ssm:GetParameters"} <= set(actions)
