"""The function ``report``: Slack's slash command is answered if Slack has just signed it."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from observatory import bench
from reported import SIGNING_SECRET, command, event, text
from reporting import DATABASE, load, save
from task_root import TaskRoot

from thaw_cli.local.cloud import Cloud

Lines = Callable[[], list[dict[str, Any]]]


def test_a_signed_command_is_answered(report: Any, session: psycopg.Connection[Any]) -> None:
    save(session, bench())
    response = report.handler.handle(command("python 512"), None)
    assert (response.status, json.loads(text(response))["response_type"]) == (200, "ephemeral")


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (command("", secret="wrong"), "wrong signature"),
        (command("", age_s=301), "signed too long ago, or in the future"),
        (command("", x_slack_request_timestamp=""), "no timestamp"),
        (command("", x_slack_signature=""), "wrong signature"),
        (command("") | {"body": "%%%"}, "wrong signature"),
        (event("/slack", method="POST"), "no timestamp"),
    ],
)
def test_what_slack_did_not_just_sign_is_401_and_only_the_log_says_why(
    report: Any, lines: Lines, sent: dict[str, Any], reason: str
) -> None:
    response = report.handler.handle(sent, None)
    assert (response.status, text(response)) == (401, "Unauthorized\n")
    assert lines()[-1]["reason"] == reason


def test_a_body_that_is_not_encoded_is_verified_as_well(report: Any) -> None:
    sent = command("") | {"body": "", "isBase64Encoded": False}
    assert report.handler.handle(sent, None).status == 401


def test_without_a_secret_there_is_no_slash_command(cloud: Cloud, session: psycopg.Connection[Any]) -> None:
    variables = cloud.aws.variables() | {"DATABASE_SECRET": DATABASE}
    assert TaskRoot("report", variables).handler.handle(command(""), None).status == 404


@pytest.mark.parametrize("secret", ['{"signing_secret": ""}', '{"signing_secret": null}', "{}", "[]", "text"])
def test_a_malformed_signing_secret_lets_nobody_in(cloud: Cloud, session: Any, secret: str) -> None:
    secrets = cloud.aws.client("secretsmanager")
    name = secrets.create_secret(Name=f"slack-{hash(secret)}", SecretString=secret)["ARN"]
    assert load(cloud, SLACK_SECRET=name).handler.handle(command("", secret=""), None).status == 503


def test_the_signing_secret_is_never_logged(report: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for sent in (command("python"), command("", secret="wrong"), command("cobol")):
        report.handler.handle(sent, None)
    output = "".join(capsys.readouterr())
    assert output
    assert SIGNING_SECRET not in output
