"""A network, a database in it and a function of it, deployed by the real CDK CLI."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from thaw_cli import cdk
from thaw_cli.local.cloud import Cloud

ROOT = Path(__file__).parents[2]
# Locally there are no flow logs, and RDS makes no secret for the master user.
APP = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs_lib import CustomRuntimeFunction, PrivateDatabase, VpcAccess
app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
place = cdk.Environment(account="000000000000", region="eu-north-1")
network_stack, data, service = (cdk.Stack(app, name, env=place) for name in ("net", "data", "service"))
network = VpcAccess(network_stack, "Access", flow_logs=False)
database = PrivateDatabase(
    data, "Database", network=network, multi_az=False, removal_policy=cdk.RemovalPolicy.DESTROY,
    log_removal_policy=cdk.RemovalPolicy.DESTROY)
function = CustomRuntimeFunction(
    service, "Function", source=Path("function"), handler="handler.handle", network=network,
    environment=database.variables("reader"), log_removal_policy=cdk.RemovalPolicy.DESTROY)
database.grant_connect(function, "reader")
function.add_to_role_policy(iam.PolicyStatement(actions=["s3:ListBucket"], resources=["arn:aws:s3:::any"]))
function.add_to_role_policy(iam.PolicyStatement(actions=["sns:Publish"], resources=["arn:aws:sns:*:*:any"]))
cdk.CfnOutput(service, "Name", value=function.function_name)
app.synth()
"""
HANDLER = """
import os


def handle(event, context):
    return {name: value for name, value in os.environ.items() if name.startswith("DATABASE_")}
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud whose only network and database are these."""
    with Cloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture(scope="module")
def deployed(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    project = tmp_path_factory.mktemp("network")
    (project / "function").mkdir()
    (project / "function" / "handler.py").write_text(HANDLER)
    (project / "app.py").write_text(APP)
    flags = {
        name: value
        for name, value in json.loads((ROOT / "cdk.json").read_text())["context"].items()
        if name != "environments"
    }
    (project / "cdk.json").write_text(json.dumps({"app": f"{sys.executable} app.py", "context": flags}))
    (project / "node_modules").symlink_to(ROOT / "node_modules")
    outputs = cdk.deploy_local(
        cloud.aws, project=project, output=project / "cdk.out", report=lambda _line: None, concurrency=3
    )
    return dict(outputs["service"])


def test_the_function_knows_where_the_database_is(cloud: Cloud, deployed: dict[str, Any]) -> None:
    answer = cloud.aws.client("lambda").invoke(FunctionName=deployed["Name"])
    variables = json.load(answer["Payload"])
    [database] = cloud.aws.client("rds").describe_db_instances()["DBInstances"]
    assert variables["DATABASE_HOST"] == database["Endpoint"]["Address"]
    assert variables["DATABASE_PORT"] == str(database["Endpoint"]["Port"]) == "15432"


def functions_group(cloud: Cloud) -> dict[str, Any]:
    """The local cloud does not tell a function's own network."""
    [group] = [
        each
        for each in cloud.aws.client("ec2").describe_security_groups()["SecurityGroups"]
        if each["Description"] == "Lambda functions"
    ]
    return dict(group)


@pytest.mark.usefixtures("deployed")
def test_the_database_lets_in_the_functions_security_group_alone(cloud: Cloud) -> None:
    [database] = cloud.aws.client("rds").describe_db_instances()["DBInstances"]
    [group] = [each["VpcSecurityGroupId"] for each in database["VpcSecurityGroups"]]
    [found] = cloud.aws.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert [
        (rule["FromPort"], [pair["GroupId"] for pair in rule["UserIdGroupPairs"]])
        for rule in found["IpPermissions"]
    ] == [(15432, [functions_group(cloud)["GroupId"]])]


@pytest.mark.usefixtures("deployed")
def test_the_vpc_has_the_endpoints_that_the_function_needs(cloud: Cloud) -> None:
    found = cloud.aws.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    assert {
        each["ServiceName"].rpartition(".")[2]: each["VpcEndpointType"]
        for each in found
        if each["VpcId"] == functions_group(cloud)["VpcId"]
    } == {"s3": "Gateway", "sns": "Interface"}
