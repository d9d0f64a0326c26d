"""Networks, databases, configuration, releases and alarms that are used wrongly."""

from pathlib import Path
from typing import Any

from wrong_uses import World, WrongUse, assert_refused, each, wrong, wrong_at_the_end

from constructs_lib import (
    Canary,
    FunctionAlarms,
    LayeredConfig,
    LogRole,
    PrivateDatabase,
    Release,
    ServiceDashboard,
    VpcAccess,
)

import aws_cdk as cdk  # isort: skip
from aws_cdk import aws_ec2 as ec2  # isort: skip
from aws_cdk import aws_iam as iam  # isort: skip
from aws_cdk import aws_lambda as lambda_  # isort: skip
from aws_cdk import aws_s3 as s3  # isort: skip
from aws_cdk import aws_sqs as sqs  # isort: skip

ARN = "arn:aws:lambda:eu-north-1:123456789012:function:f"
DAYS = cdk.Duration.days


def network(w: World, **props: Any) -> VpcAccess:
    return VpcAccess(w.stack, "Thing", **props)


def database(w: World, **props: Any) -> PrivateDatabase:
    return PrivateDatabase(w.stack, "Thing", network=VpcAccess(w.stack, "Network"), **props)


def configuration(w: World, **props: Any) -> LayeredConfig:
    return LayeredConfig(w.stack, "Thing", **props)


def release(w: World, **props: Any) -> Release:
    return Release(w.stack, "Thing", **{"function": w.function} | props)


def alarms(w: World, **props: Any) -> FunctionAlarms:
    return FunctionAlarms(w.stack, "Thing", **{"function": w.function} | props)


def with_public_subnets(w: World) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        w.stack, "Vpc", vpc_id="vpc-1", availability_zones=["a"], public_subnet_ids=["subnet-1"]
    )


def imported_function(w: World) -> lambda_.IFunction:
    return lambda_.Function.from_function_arn(w.stack, "Imported", ARN)


def no_database(w: World) -> Any:
    return sqs.Queue(w.stack, "NoDatabase")


def calls_what_cannot_be_reached(w: World) -> None:
    function = w.custom(network=VpcAccess(w.stack, "Network", make_endpoints=False))
    function.add_to_role_policy(iam.PolicyStatement(actions=["sns:Publish"], resources=["*"]))


NETWORKS = [
    wrong("one zone", "THAW127", lambda w: network(w, max_azs=1), "1", "2 to 3"),
    wrong("more gateways than zones", "THAW127", lambda w: network(w, nat_gateways=3), "0 to 2"),
    wrong("a network that is too small", "THAW127", lambda w: network(w, cidr="10.0.0.0/24"), "10.0.0.0/24"),
    wrong(
        "a service that is not one",
        "THAW120",
        lambda w: network(w, services=["secretmanager"]),
        "secretsmanager",
    ),
    wrong(
        "a VPC with public subnets only",
        "THAW123",
        lambda w: network(w, vpc=with_public_subnets(w)),
        "public",
    ),
    wrong(
        "what has no security group",
        "THAW125",
        lambda w: network(w).allow_database(no_database(w)),
        "DatabaseInstance",
    ),
    wrong_at_the_end("a call that leads nowhere", "THAW121", calls_what_cannot_be_reached, "sns"),
    wrong(
        "a reserved name of a database",
        "THAW127",
        lambda w: database(w, database_name="rdsadmin"),
        "rdsadmin",
    ),
    wrong("a privileged port", "THAW127", lambda w: database(w, port=80), "80"),
    wrong("too small a disk", "THAW127", lambda w: database(w, allocated_storage=5), "5"),
    wrong(
        "a disk that shrinks",
        "THAW127",
        lambda w: database(w, allocated_storage=200, max_allocated_storage=100),
        "100",
    ),
    wrong("no backups", "THAW127", lambda w: database(w, backup_retention=DAYS(0)), "1 to 35"),
    wrong("every user at once", "THAW126", lambda w: database(w).grant_connect(w.function, "*"), "*"),
]
CONFIGURATIONS = [
    wrong("no file", "THAW130", lambda w: configuration(w, base=w.folder / "base.json"), "base.json"),
    wrong(
        "a file of another kind",
        "THAW130",
        lambda w: configuration(w, base=w.file("base.yaml", "a: 1")),
        "base.yaml",
    ),
    wrong(
        "half a file", "THAW131", lambda w: configuration(w, base=w.file("base.json", '{"a": ')), "base.json"
    ),
    wrong(
        "a key twice",
        "THAW131",
        lambda w: configuration(w, base=w.file("base.json", '{"a": 1, "a": 2}')),
        "base.json",
    ),
    wrong(
        "a key from two places",
        "THAW134",
        lambda w: configuration(
            w, parameters={"password": "/app/password"}, secrets={"password": "app/password"}
        ),
        "password",
    ),
    wrong(
        "a value with keys of its own",
        "THAW135",
        lambda w: configuration(
            w, base=w.file("base.json", '{"database": "db"}'), parameters={"database.host": "/db/host"}
        ),
        "database",
    ),
    wrong("an impossible key", "THAW137", lambda w: configuration(w, parameters={"a..b": "/app/a"}), "a..b"),
    wrong(
        "two overrides",
        "THAW051",
        lambda w: configuration(
            w, override=w.file("o.json", "{}"), override_object=(s3.Bucket(w.stack, "B"), "o.json")
        ),
        "override",
    ),
    wrong(
        "half a second of rest",
        "THAW058",
        lambda w: configuration(w, refresh=cdk.Duration.millis(500)),
        "500",
    ),
]
RELEASES = [
    wrong("an imported function", "THAW140", lambda w: release(w, function=imported_function(w)), "Imported"),
    wrong("a version", "THAW140", lambda w: release(w, function=w.function.current_version), "version"),
    wrong(
        "a function of another stack",
        "THAW140",
        lambda w: Release(w.stack, "Thing", function=w.elsewhere),
        "another stack",
    ),
    wrong("a number as an alias", "THAW141", lambda w: release(w, alias_name="7"), "received: 7"),
    wrong(
        "a release twice",
        "THAW141",
        lambda w: (Release(w.stack, "First", function=w.function), release(w)),
        "live",
    ),
    wrong(
        "provisioned more than reserved",
        "THAW142",
        lambda w: release(
            w, function=w.plain("Reserved", reserved_concurrent_executions=1), provisioned_concurrency=2
        ),
        "2",
    ),
    wrong("nothing provisioned", "THAW058", lambda w: release(w, provisioned_concurrency=0), "0"),
    wrong(
        "all of the traffic at once", "THAW058", lambda w: release(w, canary=Canary(percentage=100)), "100"
    ),
]
WATCHING = [
    wrong(
        "alarms of an imported function",
        "THAW110",
        lambda w: alarms(w, function=imported_function(w)),
        "imported",
    ),
    wrong("no errors at all as an alarm", "THAW058", lambda w: alarms(w, errors=0), "0"),
    wrong("a rate over one", "THAW058", lambda w: alarms(w, error_rate=2), "2"),
    wrong(
        "no alarm",
        "THAW146",
        lambda w: alarms(
            w,
            **dict.fromkeys(
                ["errors", "throttles", "duration", "dead_letters", "message_age", "init_duration"]
            ),
        ),
        "threshold",
    ),
    wrong("a dashboard of nothing", "THAW146", lambda w: ServiceDashboard(w.stack, "Thing"), "functions"),
    wrong(
        "a dashboard with a space",
        "THAW058",
        lambda w: ServiceDashboard(w.stack, "Thing", functions=[w.function], dashboard_name="my service"),
        "my service",
    ),
    wrong("a retention as a number", "THAW058", lambda w: LogRole(w.stack, "Thing", retention=30), "30"),  # type: ignore[arg-type]
    wrong("a timeout of alarms as a number", "THAW058", lambda w: alarms(w, init_duration=1), "1"),
]


@each([*NETWORKS, *CONFIGURATIONS, *RELEASES, *WATCHING])
def test_a_wrong_use_is_refused(use: WrongUse, tmp_path: Path) -> None:
    assert_refused(use, tmp_path)
