"""The function ``report`` on a real PostgreSQL, fed by what ``aggregate`` stores."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from observatory import bench
from reported import event, text
from reporting import aggregate, ask, load, save, shown

from thaw_cli.local.cloud import Cloud

Lines = Callable[[], list[dict[str, Any]]]


def test_before_any_migration_the_page_is_there_and_empty(cloud: Cloud) -> None:
    with psycopg.connect(cloud.postgres.dsn, autocommit=True) as maintenance:
        maintenance.execute("CREATE DATABASE unmigrated")
    secret = json.loads(cloud.postgres.connection.secret()) | {"dbname": "unmigrated"}
    cloud.aws.client("secretsmanager").create_secret(Name="unmigrated", SecretString=json.dumps(secret))
    report = load(cloud, DATABASE_SECRET="unmigrated")
    response, page = ask(report)
    report.handler.RESULTS._database.close()
    assert (response.status, "There are no results yet." in page) == (200, True)


def test_what_aggregate_stores_is_shown(report: Any, session: psycopg.Connection[Any]) -> None:
    save(session, bench(cold=(100.0, 110.0)))
    [shown_result] = shown(report)
    assert shown_result["cold"] == pytest.approx(
        {
            "n": 2, "mean_ms": 105, "sd_ms": 50**0.5, "min_ms": 100, "max_ms": 110, "p25_ms": 102.5, "p50_ms": 105,
            "p75_ms": 107.5, "p90_ms": 109, "p95_ms": 109.5, "p99_ms": 109.9,
        }
    )  # fmt: skip


def test_the_statistics_are_those_that_are_published(report: Any, session: psycopg.Connection[Any]) -> None:
    samples = tuple(0.1 * (7 * number % 101) + 1 for number in range(101))
    save(session, bench(cold=samples))
    [shown_result] = shown(report)
    published = aggregate.summary.statistics_of(samples)
    assert {name: shown_result["cold"][name] for name in published} == pytest.approx(published)


def test_only_the_newest_result_of_a_series_is_shown(report: Any, session: psycopg.Connection[Any]) -> None:
    save(session, bench(cold=(5.0,), measured_at="2026-08-20T00:00:00Z"), key="newer")
    save(session, bench(cold=(9.0,), measured_at="2026-08-19T00:00:00Z"), key="older")
    assert [result["cold"]["p50_ms"] for result in shown(report)] == [5.0]


def test_where_the_newest_result_is_withdrawn_the_one_before_it_is_shown(
    report: Any, session: psycopg.Connection[Any]
) -> None:
    save(session, bench(cold=(9.0,), measured_at="2026-08-19T00:00:00Z"), key="older")
    save(session, bench(cold=(5.0,), measured_at="2026-08-20T00:00:00Z"), key="newer")
    save(session, bench(runtime="other"), key="newer", etag="2")
    assert {result["runtime"]: result["cold"]["p50_ms"] for result in shown(report)} == {
        "python": 9.0,
        "other": 105.0,
    }


def test_statistics_follow_the_samples(report: Any, session: psycopg.Connection[Any]) -> None:
    save(session, bench(cold=(1.0, 3.0)))
    session.execute("DELETE FROM observatory.samples WHERE phase = 'warm' OR milliseconds = 3")
    rows = session.execute("SELECT phase, n, mean_ms, sd_ms FROM observatory.statistics").fetchall()
    assert rows == [("cold", 1, 1.0, None)]


def test_the_second_migration_makes_the_statistics_of_what_is_there(
    report: Any, session: psycopg.Connection[Any], cloud: Cloud, tmp_path: Path
) -> None:
    session.execute("CREATE DATABASE migrated")
    shutil.copy(aggregate.migrate.FOLDER / "0001_results.sql", tmp_path)
    with psycopg.connect(cloud.postgres.dsn.replace("/postgres", "/migrated"), autocommit=True) as migrated:
        aggregate.migrate.migrate(migrated, tmp_path)
        for each in (migrated, session):
            save(each, bench())
        assert "0002_statistics.sql" in aggregate.migrate.migrate(migrated)
        found, expected = (
            each.execute("SELECT * FROM observatory.statistics ORDER BY phase").fetchall()
            for each in (migrated, session)
        )
    assert found == expected != []


def test_a_query_chooses(report: Any, session: psycopg.Connection[Any]) -> None:
    save(session, bench(runtime="a"), key="a")
    save(session, bench(runtime="b"), key="b")
    assert [result["runtime"] for result in shown(report, "runtime=b&memory=512")] == ["b"]


@pytest.mark.parametrize(
    "name", ["'; DROP TABLE observatory.results; --", "<script>alert(1)</script>", "%s {} \\"]
)
def test_a_hostile_name_is_stored_and_shown_as_it_is(
    report: Any, session: psycopg.Connection[Any], name: str
) -> None:
    save(session, bench(runtime=name))
    assert [result["runtime"] for result in shown(report)] == [name]


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "text/html; charset=utf-8"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("application/json", "application/json"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("text/csv", "text/csv; charset=utf-8; header=present"),
        ("image/png", "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        ("text/html;q=x, ;;,=", "text/html; charset=utf-8"),
    ],
)
def test_the_format_is_the_one_that_the_client_likes_best(
    report: Any, accept: str, content_type: str
) -> None:
    response, _ = ask(report, **({"accept": accept} if accept else {}))
    assert response.headers["Content-Type"] == content_type


def test_what_has_not_changed_is_not_sent_again(report: Any, session: psycopg.Connection[Any]) -> None:
    save(session, bench())
    first, _ = ask(report)
    again, body = ask(report, if_none_match=f'"other", {first.headers["ETag"]}')
    assert (again.status, body) == (304, "")


def test_what_has_changed_has_another_tag(report: Any, session: psycopg.Connection[Any]) -> None:
    save(session, bench(cold=(1.0,)))
    first, _ = ask(report)
    save(session, bench(cold=(2.0,)), etag="2")
    again, _ = ask(report, if_none_match=first.headers["ETag"])
    assert again.status == 200


def test_a_page_that_was_shown_before_is_the_same_again(
    report: Any, session: psycopg.Connection[Any]
) -> None:
    save(session, bench())
    assert ask(report)[1] == ask(report)[1]


@pytest.mark.parametrize(("path", "query"), [("/", ""), ("/report.csv", ""), ("/", "memory=512")])
def test_head_has_the_headers_of_get_and_no_body(report: Any, path: str, query: str) -> None:
    got, _ = ask(report, path, query)
    head = report.handler.handle(event(path, query, method="HEAD"), None)
    assert (head.status, head.headers, text(head)) == (got.status, got.headers, "")


@pytest.mark.parametrize(
    ("request_event", "status", "said"),
    [
        (event("/nowhere"), 404, "There is nothing here."),
        (event("/", method="POST"), 405, "Only GET and HEAD are allowed here."),
        (event("/slack"), 405, "Only POST is allowed here."),
        (event("/", "colour=red"), 400, "unknown parameter 'colour'"),
        (event("/report.csv", "memory=1"), 400, "from 128 to 10240"),
    ],
)
def test_what_cannot_be_answered_is_told_why(
    report: Any, request_event: dict[str, Any], status: int, said: str
) -> None:
    response = report.handler.handle(request_event, None)
    assert (response.status, said in text(response)) == (status, True)


@pytest.mark.parametrize("path", ["/", "/report.json", "/nowhere", "/slack"])
def test_every_response_keeps_browsers_from_guessing_and_telling(report: Any, path: str) -> None:
    headers = ask(report, path)[0].headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")


def test_an_event_with_nothing_in_it_shows_the_page(report: Any) -> None:
    response = report.handler.handle({}, None)
    assert (response.status, text(response)[:15]) == (200, "<!doctype html>")


def test_a_request_is_one_line_of_the_log(report: Any, lines: Lines) -> None:
    ask(report, "/nowhere\n{")
    assert lines() == [{"method": "GET", "path": "/nowhere\n{", "status": 404}]
