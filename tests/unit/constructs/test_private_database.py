"""PrivateDatabase: PostgreSQL that only its network's functions can reach."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib import PrivateDatabase, VpcAccess
from constructs_lib.errors import WrongPropError
from constructs_lib.network.errors import (
    UnsuitableSubnetsError,
    WrongDatabaseUserError,
    WrongNetworkPropError,
)
from constructs_lib.network.private_database import _RULES, _identifier
from tests.nagging import nag_findings
from tests.synthesis import new_app, readable, resources, statements, template


@pytest.fixture
def stack() -> cdk.Stack:
    """An empty stack with the feature flags; none of them concerns what is looked at here."""
    return cdk.Stack(new_app(), "Stack")


@pytest.fixture
def database(stack: cdk.Stack) -> PrivateDatabase:
    return PrivateDatabase(stack, "Database", network=VpcAccess(stack, "Access"))


def instance(stack: cdk.Stack) -> dict[str, Any]:
    [properties] = resources(stack, "AWS::RDS::DBInstance")
    return properties


def made(**props: Any) -> cdk.Stack:
    stack = cdk.Stack(new_app(), "Stack")
    PrivateDatabase(stack, "Database", network=VpcAccess(stack, "Access"), **props)
    return stack


@pytest.mark.usefixtures("database")
def test_the_defaults_are_those_of_the_documentation(stack: cdk.Stack) -> None:
    assert {
        "AllocatedStorage": "20",
        "AutoMinorVersionUpgrade": True,
        "BackupRetentionPeriod": 7,
        "DBInstanceClass": "db.t4g.micro",
        "DBName": "app",
        "DeletionProtection": True,
        "EnableIAMDatabaseAuthentication": True,
        "Engine": "postgres",
        "EngineVersion": "18",
        "MaxAllocatedStorage": 100,
        "MultiAZ": True,
        "Port": "15432",
        "PubliclyAccessible": False,
        "StorageEncrypted": True,
        "StorageType": "gp3",
    }.items() <= instance(stack).items()


@pytest.mark.usefixtures("database")
def test_rds_makes_and_rotates_the_password_and_nobody_else_has_it(stack: cdk.Stack) -> None:
    assert instance(stack)["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in instance(stack)
    assert resources(stack, "AWS::SecretsManager::Secret") == []


@pytest.mark.usefixtures("database")
def test_the_server_insists_on_tls(stack: cdk.Stack) -> None:
    [parameters] = resources(stack, "AWS::RDS::DBParameterGroup")
    assert parameters["Parameters"] == {"rds.force_ssl": "1"}


@pytest.mark.usefixtures("database")
def test_it_lies_in_the_subnets_for_databases(stack: cdk.Stack) -> None:
    [group] = resources(stack, "AWS::RDS::DBSubnetGroup")
    assert [readable(each) for each in group["SubnetIds"]] == [
        "AccessNetworkDatabases1Subnet",
        "AccessNetworkDatabases2Subnet",
    ]


@pytest.mark.usefixtures("database")
def test_the_log_groups_are_there_before_rds_would_make_them(stack: cdk.Stack) -> None:
    found = template(stack)["Resources"]
    groups = {
        name: each["Properties"]
        for name, each in found.items()
        if each["Type"] == "AWS::Logs::LogGroup" and "LogGroupName" in each["Properties"]
    }
    assert {each["LogGroupName"] for each in groups.values()} == {
        "/aws/rds/instance/stack-database/postgresql",
        "/aws/rds/instance/stack-database/upgrade",
    }
    assert {each["RetentionInDays"] for each in groups.values()} == {30}
    [after] = [each["DependsOn"] for each in found.values() if each["Type"] == "AWS::RDS::DBInstance"]
    assert set(after) == set(groups)


@pytest.mark.usefixtures("database")
def test_there_is_no_hidden_function_and_no_managed_policy(stack: cdk.Stack) -> None:
    assert resources(stack, "AWS::Lambda::Function") == []
    assert all("ManagedPolicyArns" not in role for role in resources(stack, "AWS::IAM::Role"))


def test_a_last_snapshot_is_taken_unless_said_otherwise() -> None:
    for props, policy in (({}, "Snapshot"), ({"removal_policy": cdk.RemovalPolicy.DESTROY}, "Delete")):
        [database] = [
            each
            for each in template(made(**props))["Resources"].values()
            if each["Type"] == "AWS::RDS::DBInstance"
        ]
        assert database["DeletionPolicy"] == policy
        assert database["Properties"]["DeletionProtection"] is (policy == "Snapshot")


def test_what_is_asked_for_is_what_is_deployed() -> None:
    stack = made(
        database_name="orders",
        instance_type=ec2.InstanceType.of(ec2.InstanceClass.R8G, ec2.InstanceSize.LARGE),
        port=6000,
        allocated_storage=200,
        multi_az=False,
        backup_retention=cdk.Duration.days(35),
        deletion_protection=False,
        log_retention=logs.RetentionDays.ONE_DAY,
        instance_identifier="orders",
    )
    assert {
        "DBName": "orders",
        "DBInstanceClass": "db.r8g.large",
        "Port": "6000",
        "AllocatedStorage": "200",
        "MaxAllocatedStorage": 400,
        "MultiAZ": False,
        "BackupRetentionPeriod": 35,
        "DeletionProtection": False,
        "DBInstanceIdentifier": "orders",
    }.items() <= instance(stack).items()


def test_one_user_is_let_in_as_one_user(
    stack: cdk.Stack, database: PrivateDatabase, function: lambda_.Function
) -> None:
    database.grant_connect(function, "aggregate")
    [resource] = [
        resource for actions, resource in statements(stack, "Function") if actions == ["rds-db:connect"]
    ]
    assert resource.endswith(":dbuser:Database.DbiResourceId/aggregate")


def test_the_master_secret_is_read_by_who_is_granted_it_and_only_read(
    stack: cdk.Stack, database: PrivateDatabase, function: lambda_.Function
) -> None:
    database.grant_read_master_secret(function)
    assert (
        ["secretsmanager:GetSecretValue"],
        "Database.MasterUserSecret.SecretArn",
    ) in statements(stack, "Function")


def test_a_function_is_told_all_that_it_needs_to_log_in(database: PrivateDatabase) -> None:
    stack = cdk.Stack.of(database)
    variables = stack.resolve(database.variables("aggregate"))
    assert readable(variables.pop("DATABASE_HOST")) == "Database.Endpoint.Address"
    assert variables == {
        "DATABASE_AUTHENTICATION": "iam",
        "DATABASE_PORT": "15432",
        "DATABASE_NAME": "app",
        "DATABASE_USER": "aggregate",
    }


@pytest.mark.parametrize(
    "props",
    [{}, {"multi_az": False, "removal_policy": cdk.RemovalPolicy.DESTROY}],
    ids=["default", "as small as it gets"],
)
def test_nothing_is_left_for_cdk_nag(props: dict[str, Any]) -> None:
    app = cdk.App.of(made(**props))
    assert isinstance(app, cdk.App)
    assert [str(finding) for finding in nag_findings(app)] == []


@pytest.mark.parametrize(
    ("prop", "value"),
    [
        ("database_name", "rdsadmin"),
        ("database_name", "7up"),
        ("database_name", ""),
        ("port", 80),
        ("port", "5432"),
        ("port", 70_000),
        ("allocated_storage", 5),
        ("allocated_storage", 20.5),
        ("max_allocated_storage", 10),
        ("multi_az", "no"),
        ("instance_identifier", "Orders"),
        ("instance_identifier", "orders--1"),
        ("instance_identifier", "o" * 64),
        ("backup_retention", cdk.Duration.days(0)),
        ("backup_retention", cdk.Duration.days(36)),
    ],
)
def test_what_rds_would_refuse_is_refused(prop: str, value: object) -> None:
    with pytest.raises((WrongNetworkPropError, WrongPropError)) as caught:
        made(**{prop: value})
    assert f"Stack/Database has a {prop}" in str(caught.value)


def test_storage_cannot_grow_to_less_than_there_is() -> None:
    with pytest.raises(WrongNetworkPropError, match="from 200 to 65,536"):
        made(allocated_storage=200, max_allocated_storage=100)


@pytest.mark.parametrize("user", [None, "", "*", "a/b", "a*", 7])
def test_users_are_let_in_one_at_a_time(
    user: Any, function: lambda_.Function, database: PrivateDatabase
) -> None:
    with pytest.raises(WrongDatabaseUserError):
        database.grant_connect(function, user)


def test_one_zone_is_not_enough() -> None:
    stack = cdk.Stack(new_app(), "Stack")
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Theirs", vpc_id="vpc-1", availability_zones=["a"], isolated_subnet_ids=["subnet-1"]
    )
    with pytest.raises(UnsuitableSubnetsError, match="RDS needs two availability zones"):
        PrivateDatabase(stack, "Database", network=VpcAccess(stack, "Access", vpc=vpc))


def test_any_principal_can_be_let_in(stack: cdk.Stack, database: PrivateDatabase) -> None:
    role = iam.Role(stack, "Operator", assumed_by=iam.AccountRootPrincipal())
    database.grant_connect(role, "postgres")
    assert [actions for actions, _ in statements(stack, "Operator")] == [["rds-db:connect"]]


@given(
    st.text(st.characters(codec="ascii", exclude_characters="/\0", min_codepoint=32), min_size=1, max_size=90)
)
def test_every_path_has_an_identifier_that_rds_takes(name: str) -> None:
    class Scope:
        class node:  # noqa: N801 - the CDK's word
            path = name

    assert _RULES["instance_identifier"].accepts(_identifier(Scope, "Database"))  # type: ignore[arg-type]


def test_long_paths_that_differ_at_the_end_have_different_identifiers() -> None:
    class Scope:
        class node:  # noqa: N801 - the CDK's word
            path = "a-very-long-name-of-a-stack/" * 4

    assert _identifier(Scope, "One") != _identifier(Scope, "Two")  # type: ignore[arg-type]
