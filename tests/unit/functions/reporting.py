"""The function ``report`` on a database of a test file's own, and what is asked of it."""

import json
from typing import Any, LiteralString, Self

import psycopg
from reported import SIGNING_SECRET, event, text
from task_root import TaskRoot

from thaw_cli.local.cloud import Cloud

aggregate = TaskRoot("aggregate")
DATABASE, SLACK = "report/database", "report/slack"
TABLES = "observatory.objects, observatory.results, observatory.samples, observatory.statistics"


class Prepared:
    """The function beside a session on its database, of which it knows by a secret; both are gone afterwards."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._secrets = cloud.aws.client("secretsmanager")

    def __enter__(self) -> Self:
        self._maintain("CREATE DATABASE report")
        postgres = self._cloud.postgres
        database = json.loads(postgres.connection.secret()) | {"dbname": "report"}
        for name, secret in ((DATABASE, database), (SLACK, {"signing_secret": SIGNING_SECRET})):
            self._secrets.create_secret(Name=name, SecretString=json.dumps(secret))
        own = postgres.dsn.replace("/postgres", "/report")
        self.session = psycopg.connect(own, autocommit=True, application_name="test")
        self._report = load(self._cloud)
        return self

    def __exit__(self, *_: object) -> None:
        self._report.handler.RESULTS._database.close()
        self.session.close()
        self._maintain("DROP DATABASE report")
        for name in (DATABASE, SLACK):
            self._secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)

    def emptied(self) -> Any:
        """The function, with an empty database that knows its tables."""
        aggregate.migrate.migrate(self.session)
        self.session.execute(f"TRUNCATE {TABLES}")
        return self._report

    def _maintain(self, statement: LiteralString) -> None:
        with psycopg.connect(self._cloud.postgres.dsn, autocommit=True) as maintenance:
            maintenance.execute(statement)


def load(cloud: Cloud, **instead: str) -> Any:
    """The function's modules as in an execution environment of their own."""
    return TaskRoot(
        "report", cloud.aws.variables() | {"DATABASE_SECRET": DATABASE, "SLACK_SECRET": SLACK} | instead
    )


def save(session: psycopg.Connection[Any], body: bytes, key: str = "results/a.json", etag: str = "1") -> None:
    """Stores a document as ``aggregate`` does."""
    measurement = aggregate.formats.parse(body, key)
    location = aggregate.notifications.Location("results", key)
    with session.transaction():
        aggregate.store.save(session, location, etag, measurement, lambda: etag)


def shown(report: Any, query: str = "") -> list[dict[str, Any]]:
    """The results as JSON."""
    results: list[dict[str, Any]] = json.loads(ask(report, "/report.json", query)[1])["results"]
    return results


def ask(report: Any, path: str = "/", query: str = "", **headers: str) -> tuple[Any, str]:
    """The response to GET, and its body."""
    response = report.handler.handle(event(path, query, **headers), None)
    return response, text(response)
