"""Which endpoints a function needs, as its role shows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.network.endpoints import _known_to_the_cdk
from constructs_lib.network.services import _ENDPOINTS, GATEWAYS, INTERFACES, endpoints_called

QUEUE = {"Fn::GetAtt": ["Queue", "Arn"]}


def called(*actions: str, resource: object = "*", sent_by_lambda: tuple[object, ...] = ()) -> set[str]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return endpoints_called([statement], sent_by_lambda)


@pytest.mark.parametrize(
    ("action", "endpoint"),
    [
        ("s3:GetObject*", "s3"),
        ("dynamodb:PutItem", "dynamodb"),
        ("secretsmanager:GetSecretValue", "secretsmanager"),
        ("ssm:GetParametersByPath", "ssm"),
        ("sns:Publish", "sns"),
        ("sqs:SendMessage", "sqs"),
        ("kms:Sign", "kms"),
        ("events:PutEvents", "events"),
        ("states:StartExecution", "states"),
        ("states:StartSyncExecution", "sync-states"),
        ("lambda:InvokeFunction", "lambda"),
        ("kinesis:PutRecords", "kinesis-streams"),
        ("firehose:PutRecord", "kinesis-firehose"),
        ("rds-data:ExecuteStatement", "rds-data"),
        ("sts:AssumeRole", "sts"),
        ("cloudwatch:PutMetricData", "monitoring"),
        ("bedrock:InvokeModel", "bedrock-runtime"),
        ("logs:FilterLogEvents", "logs"),
        ("nothing:Known", "nothing"),
    ],
)
def test_an_action_leads_to_the_endpoint_that_answers_it(action: str, endpoint: str) -> None:
    assert called(action) == {endpoint}


@pytest.mark.parametrize(
    "action",
    [
        "logs:PutLogEvents",
        "xray:PutTraceSegments",
        "ec2:CreateNetworkInterface",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "dynamodb:GetRecords",
        "kinesis:GetShardIterator",
        "kms:Decrypt",
        "kms:GenerateDataKey*",
        "rds-db:connect",
        "iam:PassRole",
        "*",
    ],
)
def test_what_lambda_or_another_service_does_needs_no_endpoint(action: str) -> None:
    assert called(action) == set()


def test_what_lambda_sends_for_the_function_needs_no_endpoint() -> None:
    assert called("sqs:SendMessage", resource=QUEUE, sent_by_lambda=(QUEUE,)) == set()


def test_what_the_function_sends_elsewhere_with_the_same_statement_needs_one() -> None:
    both = [QUEUE, {"Fn::GetAtt": ["Other", "Arn"]}]
    assert called("sqs:SendMessage", resource=both, sent_by_lambda=(QUEUE,)) == {"sqs"}


def test_what_is_denied_is_not_called() -> None:
    assert endpoints_called([{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}], ()) == set()


def test_a_statement_with_one_action_is_read_like_one_with_several() -> None:
    assert endpoints_called([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}], ()) == {"s3"}


@given(st.lists(st.from_regex(r"[a-z]{2,6}:[A-Z][a-z]{2,6}", fullmatch=True), max_size=5))
def test_more_permissions_never_need_fewer_endpoints(actions: list[str]) -> None:
    assert called(*actions) >= set().union(*(called(action) for action in actions[1:]))


def test_every_endpoint_that_is_named_here_is_one_that_the_cdk_knows() -> None:
    # AWS documents it, the CDK has no constant for it.
    assert {*INTERFACES, *_ENDPOINTS.values()} - _known_to_the_cdk() <= {"scheduler"}


def test_gateways_are_not_interfaces() -> None:
    assert not INTERFACES & set(GATEWAYS)
