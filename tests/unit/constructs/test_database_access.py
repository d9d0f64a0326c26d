"""allow_database: rules between functions and a database, in one stack and over several, without a circle."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds

from constructs_lib import ConstructError, PrivateDatabase, VpcAccess
from constructs_lib.network.errors import NoDatabasePortError, NotADatabaseError, WrongNetworkPropError
from tests.synthesis import FLAGS, new_app, readable, resources

Stacks = Callable[..., list[cdk.Stack]]
POSTGRES = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_18)


@pytest.fixture
def stacks() -> Stacks:
    """Makes stacks of one application."""
    return stacks_of(new_app())


@pytest.fixture(params=[FLAGS, {}], ids=["flags on", "flags off"])
def either_stacks(request: pytest.FixtureRequest) -> Stacks:
    """Makes stacks of one application, with the feature flags and with none: they say how stacks refer to each other."""
    return stacks_of(new_app(request.param))


def stacks_of(app: cdk.App) -> Stacks:
    place = cdk.Environment(account="000000000000", region="eu-north-1")
    return lambda *names: [cdk.Stack(app, name, env=place) for name in names]


def database_in(stack: cdk.Stack, vpc: ec2.IVpc, **props: Any) -> rds.DatabaseInstance:
    """A database of the CDK's own."""
    return rds.DatabaseInstance(
        stack,
        "Database",
        engine=POSTGRES,
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        **props,
    )


def reader(stack: cdk.Stack, network: VpcAccess, host: str) -> None:
    """A function that is told the database's address."""
    lambda_.Function(
        stack,
        "Reader",
        code=lambda_.Code.from_inline("-"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_13,
        vpc=network.vpc,
        vpc_subnets=network.subnets,
        security_groups=[network.security_group],
        environment={"HOST": host},
    )


def inline_ingress(stack: cdk.Stack) -> list[tuple[int, str]]:
    """Port and source of every inline rule from a security group."""
    return [
        (rule["FromPort"], readable(rule["SourceSecurityGroupId"]))
        for group in resources(stack, "AWS::EC2::SecurityGroup")
        for rule in group.get("SecurityGroupIngress", [])
        if "SourceSecurityGroupId" in rule
    ]


def own_ingress(stack: cdk.Stack) -> list[dict[str, Any]]:
    return resources(stack, "AWS::EC2::SecurityGroupIngress")


def outbound(stack: cdk.Stack) -> set[tuple[str, int]]:
    """Where the functions' group leads to."""
    return {
        (rule["CidrIp"], rule["FromPort"])
        for group in resources(stack, "AWS::EC2::SecurityGroup")
        if group["GroupDescription"] == "Lambda functions"
        for rule in group["SecurityGroupEgress"]
    }


def test_in_one_stack_both_rules_are_inline(either_stacks: Stacks) -> None:
    [stack] = either_stacks("Stack")
    network = VpcAccess(stack, "Access")
    network.allow_database(database_in(stack, network.vpc))
    assert inline_ingress(stack) == [(5432, "AccessFunctions.GroupId")]
    assert outbound(stack) == {("0.0.0.0/0", 443), ("10.0.0.0/16", 5432)}
    assert own_ingress(stack) == []


def test_network_data_and_service_in_three_stacks_depend_on_each_other_in_one_direction(
    either_stacks: Stacks,
) -> None:
    network_stack, data, service = either_stacks("Network", "Data", "Service")
    network = VpcAccess(network_stack, "Access")
    database = database_in(data, network.vpc)
    network.allow_database(database)
    reader(service, network, database.db_instance_endpoint_address)
    assert [port for port, _ in inline_ingress(data)] == [5432]
    assert own_ingress(data) == own_ingress(network_stack) == own_ingress(service) == []
    assert outbound(network_stack) == {("0.0.0.0/0", 443), ("10.0.0.0/16", 5432)}
    assert (network_stack.dependencies, data.dependencies) == ([], [network_stack])
    assert {each.stack_name for each in service.dependencies} == {"Network", "Data"}


def test_a_consumer_in_somebody_elses_vpc_brings_its_own_rule(either_stacks: Stacks) -> None:
    platform, data, service = either_stacks("Platform", "Data", "Service")
    owner = VpcAccess(platform, "Access")
    database = database_in(data, owner.vpc)
    network = VpcAccess(service, "Access", vpc=owner.vpc, subnets=owner.subnets)
    network.allow_database(database)
    reader(service, network, database.db_instance_endpoint_address)
    [rule] = own_ingress(service)
    assert readable(rule["SourceSecurityGroupId"]) == "AccessFunctions.GroupId"
    assert (rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) == (5432, 5432, "tcp")
    assert inline_ingress(data) == []
    assert data.dependencies == [platform]
    assert platform.dependencies == []


def test_an_imported_group_gets_a_rule_of_its_own_even_where_the_cdk_would_leave_it_alone(
    stacks: Stacks,
) -> None:
    [stack] = stacks("Stack")
    network = VpcAccess(stack, "Access")
    group = ec2.SecurityGroup.from_security_group_id(stack, "Theirs", "sg-1", mutable=False)
    network.allow_database(group, port=5432)
    network.allow_database(group, port=5432)
    [rule] = own_ingress(stack)
    assert rule["GroupId"] == "sg-1"


def test_an_imported_database_says_its_port(stacks: Stacks) -> None:
    [stack] = stacks("Stack")
    network = VpcAccess(stack, "Access")
    group = ec2.SecurityGroup.from_security_group_id(stack, "Theirs", "sg-1")
    network.allow_database(
        rds.DatabaseInstance.from_database_instance_attributes(
            stack,
            "Database",
            instance_identifier="orders",
            instance_endpoint_address="orders.example.com",
            port=6432,
            security_groups=[group],
        )
    )
    assert [rule["FromPort"] for rule in own_ingress(stack)] == [6432]


def test_allowing_a_database_twice_adds_nothing(stacks: Stacks) -> None:
    [stack] = stacks("Stack")
    network = VpcAccess(stack, "Access")
    database = database_in(stack, network.vpc)
    network.allow_database(database)
    network.allow_database(database)
    assert len(inline_ingress(stack)) == 1
    assert len(outbound(stack)) == 2


def test_a_database_on_another_port_is_reached_there(stacks: Stacks) -> None:
    [stack] = stacks("Stack")
    network = VpcAccess(stack, "Access")
    network.allow_database(database_in(stack, network.vpc, port=15432))
    assert [port for port, _ in inline_ingress(stack)] == [15432]


def test_a_proxy_listens_on_its_engines_port_whatever_the_database_does(stacks: Stacks) -> None:
    [stack] = stacks("Stack")
    network = VpcAccess(stack, "Access")
    database = database_in(stack, network.vpc, port=15432)
    proxy = database.add_proxy(
        "Proxy",
        vpc=network.vpc,
        vpc_subnets=network.database_subnets,
        secrets=[database.secret] if database.secret else [],
    )
    network.allow_database(proxy)
    assert [port for port, _ in inline_ingress(stack)] == [5432]


def cluster(stack: cdk.Stack, vpc: ec2.IVpc, port: int | None) -> rds.DatabaseCluster:
    return rds.DatabaseCluster(
        stack,
        "Cluster",
        engine=rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_17_4),
        writer=rds.ClusterInstance.serverless_v2("Writer"),
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        port=port,
    )


@pytest.mark.parametrize(("port", "expected"), [(None, 5432), (5433, 5433)])
def test_a_cluster_is_reached_where_it_listens(stacks: Stacks, port: int | None, expected: int) -> None:
    [stack] = stacks("Stack")
    network = VpcAccess(stack, "Access")
    network.allow_database(cluster(stack, network.vpc, port))
    assert [port for port, _ in inline_ingress(stack)] == [expected]


def refused(wrong: Callable[[cdk.Stack, VpcAccess], object]) -> str:
    stack = cdk.Stack(new_app(), "Stack")
    with pytest.raises(ConstructError) as caught:
        wrong(stack, VpcAccess(stack, "Access"))
    assert "Stack/Access" in str(caught.value)
    return caught.value.id


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        (lambda _, network: network.allow_database(network.security_group), NoDatabasePortError),
        (
            lambda _, network: network.allow_database(network.security_group, port=70_000),
            WrongNetworkPropError,
        ),
        (
            lambda _, network: network.allow_database(network.security_group, port="5432"),
            WrongNetworkPropError,
        ),
        (lambda _, network: network.allow_database("db.example.com", port=5432), NotADatabaseError),
        (lambda stack, network: network.allow_database(stack, port=5432), NotADatabaseError),
        (
            lambda stack, network: network.allow_database(
                rds.DatabaseInstance.from_database_instance_attributes(
                    stack,
                    "Database",
                    instance_identifier="orders",
                    instance_endpoint_address="orders.example.com",
                    port=5432,
                    security_groups=[],
                )
            ),
            NotADatabaseError,
        ),
    ],
    ids=[
        "group without a port",
        "no such port",
        "port as text",
        "address",
        "stack",
        "imported without groups",
    ],
)
def test_what_cannot_be_reached_is_refused(
    wrong: Callable[[cdk.Stack, VpcAccess], object], kind: type[ConstructError]
) -> None:
    assert refused(wrong) == kind.id


def test_a_private_database_lets_its_network_in_by_itself(either_stacks: Stacks) -> None:
    network_stack, data = either_stacks("Network", "Data")
    PrivateDatabase(data, "Database", network=VpcAccess(network_stack, "Access"))
    assert [port for port, _ in inline_ingress(data)] == [15432]
    assert outbound(network_stack) == {("0.0.0.0/0", 443), ("10.0.0.0/16", 15432)}
