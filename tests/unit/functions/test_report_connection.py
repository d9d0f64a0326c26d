"""The function ``report`` and its database: how it connects, and what it may do there."""

import json
import os
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from reporting import ask, load

from thaw_cli.local.cloud import Cloud

Lines = Callable[[], list[dict[str, Any]]]


def test_nothing_is_connected_before_the_first_request(
    cloud: Cloud, session: psycopg.Connection[Any], report: Any
) -> None:
    report.handler.RESULTS._database.close()
    load(cloud)
    connected = session.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'thaw-report'"
    )
    assert connected.fetchone() == (0,)


def test_a_connection_that_the_server_ended_is_made_again(
    report: Any, session: psycopg.Connection[Any]
) -> None:
    ask(report)
    session.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'thaw-report'"
    )
    assert ask(report)[0].status == 200


def in_transaction(report: Any, setting: str) -> str:
    value = report.handler.RESULTS._database.read(
        lambda session: session.execute("SELECT current_setting(%s)", (setting,)).fetchone()[0]
    )
    return str(value)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("transaction_read_only", "on"),
        ("transaction_isolation", "repeatable read"),
        ("statement_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "10s"),
    ],
)
def test_a_transaction_is_bounded_and_changes_nothing(report: Any, setting: str, value: str) -> None:
    assert in_transaction(report, setting) == value


def test_a_forked_process_connects_anew(report: Any) -> None:
    def backend(session: Any) -> int:
        return int(session.info.backend_pid)

    database = report.handler.RESULTS._database
    own = database.read(backend)
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:  # pragma: no cover
        os.write(writing, str(database.read(backend)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    other = int(os.read(reading, 20))
    os.close(reading)
    os.close(writing)
    assert (other != own, database.read(backend)) == (True, own)


def test_a_database_that_is_down_is_503_and_says_no_address(cloud: Cloud, lines: Lines) -> None:
    secret = json.loads(cloud.postgres.connection.secret()) | {"port": 1}
    cloud.aws.client("secretsmanager").create_secret(Name="down", SecretString=json.dumps(secret))
    response, body = ask(load(cloud, DATABASE_SECRET="down"))
    assert (response.status, response.headers["Retry-After"], "127.0.0.1" in body) == (503, "5", False)
    assert lines()[-1]["reason"] == "psycopg.OperationalError"


def test_a_secret_that_is_not_there_is_503(cloud: Cloud, lines: Lines) -> None:
    assert ask(load(cloud, DATABASE_SECRET="nowhere"))[0].status == 503
    assert "ResourceNotFoundException" in lines()[-1]["reason"]
