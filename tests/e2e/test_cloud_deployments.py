"""Deployments to the local cloud by the real CDK CLI, and what the CLI prepares for them."""

import json
from pathlib import Path

import pytest

from thaw_cli import cdk
from thaw_cli.errors import DeploymentFailedError
from thaw_cli.local import bootstrap_stack
from thaw_cli.local.cloud import Cloud

ROOT = Path(__file__).parents[2]
APP = """
import aws_cdk as cdk
from aws_cdk import aws_s3 as s3, aws_sqs as sqs
app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
env = cdk.Environment(account="000000000000", region="eu-north-1")
stack = cdk.Stack(app, f"toy-{app.node.get_context('env')}", env=env)
bucket = s3.Bucket(stack, "Bucket", versioned=True, removal_policy=cdk.RemovalPolicy.DESTROY)
cdk.CfnOutput(stack, "BucketName", value=bucket.bucket_name)
if BROKEN:
    cdk.CfnResource(stack, "Address", type="AWS::EC2::EIP")
app.synth()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CDK project to which each test gives its application."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "cdk.json").write_text(json.dumps({"app": "python3 app.py"}))
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


def test_a_bootstrap_stack_that_was_kept_is_made_again_as_it_was(
    cloud: Cloud, project: Path, tmp_path: Path
) -> None:
    cdk.bootstrap(cloud.aws, project=project, output=tmp_path, report=lambda _: None)
    bootstrap_stack.keep(cloud.aws, tmp_path / "kept.json")

    with Cloud(tmp_path / "other") as other:
        assert bootstrap_stack.recreate(other.aws, tmp_path / "kept.json")
        assert bootstrapped(other) == bootstrapped(cloud)


def bootstrapped(cloud: Cloud) -> list[tuple[str, str, str]]:
    """The resources of the bootstrap stack and its outputs."""
    formation = cloud.aws.client("cloudformation")
    [stack] = formation.describe_stacks(StackName=bootstrap_stack.NAME)["Stacks"]
    resources = formation.describe_stack_resources(StackName=bootstrap_stack.NAME)["StackResources"]
    return sorted(
        [
            *(
                (each["LogicalResourceId"], each["PhysicalResourceId"], each["ResourceType"])
                for each in resources
            ),
            *((each["OutputKey"], each["OutputValue"], "output") for each in stack["Outputs"]),
        ]
    )


def test_nothing_is_made_again_of_a_bootstrap_stack_that_was_not_kept(cloud: Cloud, tmp_path: Path) -> None:
    assert not bootstrap_stack.recreate(cloud.aws, tmp_path / "kept.json")


def test_stacks_are_deployed_and_removed_with_the_objects_in_their_buckets(
    cloud: Cloud, project: Path
) -> None:
    (project / "app.py").write_text(f"BROKEN = False\n{APP}")
    messages: list[str] = []
    output = project / "out"

    bucket = cdk.deploy_local(cloud.aws, project=project, output=output, report=messages.append)["toy-local"][
        "BucketName"
    ]
    for content in (b"first", b"second"):
        cloud.aws.client("s3").put_object(Bucket=bucket, Key="result.json", Body=content)
    removed = cdk.destroy_local(cloud.aws, project=project, output=output, report=messages.append)

    assert removed == ["toy-local"]
    assert bucket not in {each["Name"] for each in cloud.aws.client("s3").list_buckets()["Buckets"]}
    assert any(message.startswith("toy-local: 1 of ") for message in messages)


def test_a_failed_deployment_gives_the_reason(cloud: Cloud, project: Path) -> None:
    (project / "app.py").write_text(f"BROKEN = True\n{APP}")

    with pytest.raises(DeploymentFailedError, match="AWS::EC2::EIP"):
        cdk.deploy_local(cloud.aws, project=project, output=project / "out", report=lambda _: None)


def test_an_app_that_ends_with_an_error_shows_what_it_said(cloud: Cloud, project: Path) -> None:
    (project / "app.py").write_text("import sys; sys.exit('THAW031: no such environment')")

    with pytest.raises(DeploymentFailedError, match="THAW031: no such environment"):
        cdk.deploy_local(cloud.aws, project=project, output=project / "out", report=lambda _: None)
