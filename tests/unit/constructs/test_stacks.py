"""The observatory's stacks: who may do what, what is kept, and what a user finds in the outputs."""

import json
import re
import tarfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from stacks.data import DataStack
from stacks.environment import Environment
from tests.nagging import nag_findings
from tests.synthesis import (
    ENVIRONMENTS,
    FLAGS,
    every_text,
    new_app,
    observatory,
    readable,
    resources,
    statements,
    template,
)


@pytest.fixture(scope="module")
def app() -> cdk.App:
    return observatory("local")


@pytest.fixture(scope="module")
def data(app: cdk.App) -> cdk.Stack:
    return stack_of(app, "data")


@pytest.fixture(scope="module")
def service(app: cdk.App) -> cdk.Stack:
    return stack_of(app, "service")


def stack_of(app: cdk.App, suffix: str) -> cdk.Stack:
    [stack] = [child for child in app.node.children if child.node.id.endswith(suffix)]
    assert isinstance(stack, cdk.Stack)
    return stack


def data_of(**values: Any) -> DataStack:
    environment = Environment.parse("dev", {"dev": values})
    return DataStack(new_app(), "data", environment=environment, network=None)


LOG = ["logs:CreateLogStream", "logs:PutLogEvents"]
SECRET = "arn:aws:secretsmanager:eu-north-1:000000000000:secret:thaw/"
RESULTS = "PublishOutputFnGetAttResultsArn"
ALERTS = "PublishOutputFnGetAttAlerts"
CONFIG = "cdk-hnb659fds-assets-000000000000-eu-north-1/HASH.json"


def unhashed(text: str) -> str:
    return re.sub("[0-9a-f]{64}", "HASH", text)


def test_aggregate_may_do_this_and_nothing_else(service: cdk.Stack) -> None:
    assert statements(service, "AggregateRole") == [
        (LOG, "AggregateRoleLogs.Arn"),
        (["s3:DeleteObject", "s3:GetObject"], f"{RESULTS}/results/*"),
        (["s3:ListBucket"], RESULTS),
        (["s3:PutObject"], f"{RESULTS}/quarantine/*"),
        (["secretsmanager:GetSecretValue"], f"{SECRET}database-??????"),
        (["sns:Publish"], "Summaries"),
        (["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], "ResultsTriggerQueue.Arn"),
        (["sqs:SendMessage"], "AggregateDeadLetterQueue.Arn"),
    ]


def test_alert_may_do_this_and_nothing_else(service: cdk.Stack) -> None:
    assert [(actions, unhashed(resource)) for actions, resource in statements(service, "AlertRole")] == [
        (["dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:PutItem"], f"{ALERTS}Arn"),
        (LOG, "AlertRoleLogs.Arn"),
        (["s3:GetObject"], f"arn:aws:s3:::{CONFIG}"),
        (["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], "SummariesTriggerQueue.Arn"),
        (["sqs:SendMessage"], "AlertDeadLetterQueue.Arn"),
    ]


def test_report_may_do_this_and_nothing_else(service: cdk.Stack) -> None:
    assert statements(service, "ReportRole") == [
        (LOG, "ReportRoleLogs.Arn"),
        (
            ["secretsmanager:GetSecretValue"],
            f'["{SECRET}database-??????", "{SECRET}slack-??????"]',
        ),
        (["sqs:SendMessage"], "ReportDeadLetterQueue.Arn"),
    ]


def test_the_report_streams_and_is_public_where_the_environment_says_so(service: cdk.Stack) -> None:
    [local] = resources(service, "AWS::Lambda::Url")
    assert (local["AuthType"], local["InvokeMode"]) == ("NONE", "RESPONSE_STREAM")
    [prod] = resources(stack_of(observatory("prod"), "service"), "AWS::Lambda::Url")
    assert prod["AuthType"] == "AWS_IAM"


def test_notify_may_do_this_and_nothing_else(service: cdk.Stack) -> None:
    stream = [
        f"dynamodb:{each}" for each in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
    ]
    assert statements(service, "NotifyRole") == [
        (stream, f"{ALERTS}StreamArn"),
        (LOG, "NotifyRoleLogs.Arn"),
        (["secretsmanager:GetSecretValue"], f"{SECRET}webhook-??????"),
        (["sqs:SendMessage"], "NotifyDeadLetterQueue.Arn"),
    ]


@pytest.mark.parametrize("suffix", ["data", "service"])
def test_nothing_is_allowed_on_every_resource_and_nothing_by_a_managed_policy(
    app: cdk.App, suffix: str
) -> None:
    stack = stack_of(app, suffix)
    assert "*" not in [resource for _, resource in statements(stack)]
    assert all("ManagedPolicyArns" not in role for role in resources(stack, "AWS::IAM::Role"))


@pytest.mark.parametrize("suffix", ["data", "service"])
def test_no_custom_resource_and_no_function_that_is_not_ours_is_deployed(app: cdk.App, suffix: str) -> None:
    found = template(stack_of(app, suffix))["Resources"].values()
    assert not [each["Type"] for each in found if "Custom" in each["Type"]]
    functions = [each["Properties"] for each in found if each["Type"] == "AWS::Lambda::Function"]
    handlers = [each["Handler"] for each in functions if each.get("PackageType") != "Image"]
    assert set(handlers) <= {"handler.handle"}
    assert len(functions) - len(handlers) == (suffix == "service"), "the report alone is an image"


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_cdk_nag_finds_nothing_that_is_not_acknowledged(environment: str) -> None:
    assert nag_findings(observatory(environment)) == []


def variables(service: cdk.Stack) -> dict[str, str]:
    """Every variable of every function; no two functions share a name with different values."""
    return {
        name: unhashed(readable(value))
        for function in resources(service, "AWS::Lambda::Function")
        for name, value in function.get("Environment", {}).get("Variables", {}).items()
    }


def test_the_functions_are_told_what_they_need_to_know(service: cdk.Stack) -> None:
    assert variables(service) == {
        "DATABASE_SECRET": "thaw/database",
        "SUMMARY_TOPIC_ARN": "Summaries",
        "QUARANTINE_PREFIX": "quarantine/",
        "ALERTS_TABLE": "PublishOutputRefAlerts",
        "THAW_CONFIG_BASE": "config.json",
        "THAW_CONFIG_OVERRIDE": f"s3://{CONFIG}",
        "WEBHOOK_SECRET": "thaw/webhook",
        "SLACK_SECRET": "thaw/slack",
    }


def test_a_result_starts_aggregate_again_after_the_environments_rest(service: cdk.Stack) -> None:
    rests = [queue.get("VisibilityTimeout") for queue in resources(service, "AWS::SQS::Queue")]
    assert ENVIRONMENTS["local"]["redelivery_seconds"] in rests


def test_only_new_alerts_start_notify(service: cdk.Stack) -> None:
    [pattern] = [
        json.loads(each["FilterCriteria"]["Filters"][0]["Pattern"])
        for each in resources(service, "AWS::Lambda::EventSourceMapping")
        if "FilterCriteria" in each
    ]
    assert pattern["eventName"] == ["INSERT", "MODIFY"]
    assert pattern["dynamodb"]["Keys"]["item"]["S"] == [{"prefix": "alert#"}]


def test_the_outputs_have_the_names_that_the_command_line_reads(app: cdk.App) -> None:
    public = {
        "data": {"ResultsBucket", "AlertsTable"},
        "service": {
            f"{name}{what}"
            for name in ("Aggregate", "Alert", "Notify", "Probe", "Report")
            for what in ("Function", "DeadLetters")
        }
        | {"ReportAddress", "SummaryTopic"},
    }
    for suffix, names in public.items():
        outputs = template(stack_of(app, suffix))["Outputs"]
        assert {name for name in outputs if not name.startswith("PublishOutput")} == names


def results_bucket(data: cdk.Stack) -> dict[str, Any]:
    [bucket] = [each for each in resources(data, "AWS::S3::Bucket") if "LoggingConfiguration" in each]
    return bucket


def test_the_bucket_is_private_encrypted_versioned_and_reached_over_tls_only(data: cdk.Stack) -> None:
    bucket = results_bucket(data)
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert "ServerSideEncryptionConfiguration" in bucket["BucketEncryption"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    for policy in resources(data, "AWS::S3::BucketPolicy"):
        denied = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"]
        assert denied[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_what_is_quarantined_expires_and_results_do_not(data: cdk.Stack) -> None:
    bucket = results_bucket(data)
    expiring = [
        rule.get("Prefix") for rule in bucket["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in rule
    ]
    assert expiring == ["quarantine/"]


def test_the_table_is_paid_by_use_and_streams_its_changes(data: cdk.Stack) -> None:
    [table] = resources(data, "AWS::DynamoDB::Table")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    keys = {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}
    assert keys == {"HASH": "series", "RANGE": "item"}


@pytest.mark.parametrize(("removal", "policy"), [("retain", "Retain"), ("destroy", "Delete")])
def test_bucket_and_table_are_kept_or_removed_as_the_environment_says(removal: str, policy: str) -> None:
    found = template(data_of(removal=removal))["Resources"].values()
    stateful = [each for each in found if each["Type"] in {"AWS::S3::Bucket", "AWS::DynamoDB::Table"}]
    assert {each["DeletionPolicy"] for each in stateful} == {policy}


def test_termination_protection_covers_stack_and_table() -> None:
    stack = data_of(termination_protection=True)
    assert stack.termination_protection is True
    [table] = resources(stack, "AWS::DynamoDB::Table")
    assert table["DeletionProtectionEnabled"] is True


@pytest.mark.parametrize("on", [True, False])
def test_point_in_time_recovery_is_as_the_environment_says(*, on: bool) -> None:
    [table] = resources(data_of(point_in_time_recovery=on), "AWS::DynamoDB::Table")
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is on


def test_a_secret_given_by_its_full_arn_is_granted_by_that_arn() -> None:
    arn = "arn:aws:secretsmanager:eu-north-1:000000000000:secret:team/db-AbC123"
    local = {**ENVIRONMENTS["local"], "database_secret": arn}
    service = stack_of(observatory("local", environments={"local": local}), "service")
    assert (["secretsmanager:GetSecretValue"], arn) in statements(service, "AggregateRole")


def test_an_environment_without_account_and_region_takes_those_of_the_credentials() -> None:
    service = stack_of(observatory("dev"), "service")
    assert cdk.Token.is_unresolved(service.account)
    assert "000000000000" not in " ".join(every_text(template(service)))


def test_every_feature_flag_that_the_library_recommends_is_set_as_recommended() -> None:
    assert recommended_flags() == FLAGS


def recommended_flags() -> dict[str, Any]:
    """The flags out of the archive that the Python package carries."""
    package = find_spec("aws_cdk._jsii")
    assert package is not None
    assert package.origin is not None
    [archive] = Path(package.origin).parent.glob("aws-cdk-lib@*.jsii.tgz")
    with tarfile.open(archive) as content:
        member = content.extractfile("package/recommended-feature-flags.json")
        assert member is not None
        flags: dict[str, Any] = json.load(member)
        return flags
