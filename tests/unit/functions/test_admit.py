"""The function admit against a real PostgreSQL."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from task_root import TaskRoot
from tls_front import CERTIFICATES, HOST, TlsFront

from thaw_cli.local.cloud import Cloud

Session = psycopg.Connection[Any]
admission = TaskRoot("admit").admission
aggregate = TaskRoot("aggregate")


@pytest.fixture
def user(database: Session, request: pytest.FixtureRequest) -> Iterator[str]:
    """A name that no user has yet; whoever gets it is removed afterwards."""
    name = request.node.name[:60]
    yield name
    if admission.exists(database, name):
        database.execute(SQL("DROP OWNED BY {0} CASCADE; DROP ROLE {0}").format(Identifier(name)))


@pytest.fixture
def session(cloud: Cloud, database: Session, user: str) -> Iterator[Session]:
    """The master user in a database of the test's own."""
    name = f"{user[:50]}_database"
    database.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    with psycopg.connect(cloud.postgres.dsn, dbname=name, autocommit=True) as session:
        yield session
    database.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture
def iam(database: Session) -> Iterator[None]:
    """The role whose members RDS lets in with a token."""
    database.execute("CREATE ROLE rds_iam")
    yield
    database.execute("DROP ROLE rds_iam")


def handler(cloud: Cloud, user: str, **environment: str) -> Any:
    variables = {"DATABASE_SECRET": "thaw/database", "DATABASE_USER": user, **environment}
    return TaskRoot("admit", cloud.aws.variables() | variables).handler


def test_the_user_is_made_once_and_let_be_afterwards(cloud: Cloud, user: str) -> None:
    handle = handler(cloud, user).handle
    assert [handle({}, None), handle({}, None)] == [
        [{"user": user, "created": True, "iam": False}],
        [{"user": user, "created": False, "iam": False}],
    ]


def test_what_was_done_is_in_the_log(
    cloud: Cloud, user: str, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    outcome = handler(cloud, user).handle({}, None)
    assert lines() == outcome


def test_the_user_logs_in_and_has_no_password(database: Session, user: str) -> None:
    admission.admit(database, user)
    row = database.execute(
        "SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolpassword FROM pg_authid WHERE rolname = %s",
        (user,),
    ).fetchone()
    assert row == (True, False, False, False, None)


@pytest.mark.usefixtures("iam")
def test_on_rds_the_user_logs_in_with_tokens(database: Session, user: str) -> None:
    assert admission.admit(database, user)["iam"] is True
    assert database.execute("SELECT pg_has_role(%s, 'rds_iam', 'USAGE')", (user,)).fetchone() == (True,)


def test_the_user_can_bring_the_schema_up_to_date(session: Session, user: str) -> None:
    admission.admit(session, user)
    session.execute(SQL("SET ROLE {}").format(Identifier(user)))
    assert aggregate.migrate.migrate(session)


def test_a_reader_reads_the_measurements_and_writes_nothing(
    cloud: Cloud, session: Session, user: str
) -> None:
    aggregate.migrate.migrate(session)
    admission.admit(session, user, keeps_tables=False)
    session.execute(SQL("SET ROLE {}").format(Identifier(user)))
    assert session.execute("SELECT count(*) FROM observatory.results").fetchone() == (0,)
    for statement in (
        "DELETE FROM observatory.objects",
        "CREATE TABLE observatory.mine ()",
        "CREATE SCHEMA mine",
        "CREATE TABLE public.mine ()",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute(statement)


def test_the_handler_admits_a_reader_too(cloud: Cloud, database: Session, user: str) -> None:
    reader = f"{user[:50]}_reader"
    outcomes = handler(cloud, user, DATABASE_READER=reader).handle({}, None)
    database.execute(SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(Identifier(reader)))
    assert [outcome["user"] for outcome in outcomes] == [user, reader]


def test_the_user_may_create_in_no_other_database_than_this_one(
    database: Session, session: Session, user: str
) -> None:
    admission.admit(session, user)
    privileges = "SELECT has_database_privilege(%s, current_database(), 'CREATE')"
    assert [each.execute(privileges, (user,)).fetchone() for each in (session, database)] == [
        (True,),
        (False,),
    ]


def test_a_name_is_never_taken_for_sql(database: Session) -> None:
    name = 'x"; DROP ROLE thaw; --'
    try:
        assert admission.admit(database, name)["created"] is True
    finally:
        database.execute(SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(Identifier(name)))


def test_who_admits_is_not_admitted(database: Session) -> None:
    with pytest.raises(admission.AdmissionError, match="thaw is who admits others"):
        admission.admit(database, "thaw")


def test_several_at_a_time_make_one_user(cloud: Cloud, database: Session, user: str) -> None:
    start, created = threading.Barrier(4), []

    def invocation() -> None:
        with psycopg.connect(cloud.postgres.dsn, autocommit=True) as session:
            start.wait()
            created.append(admission.admit(session, user)["created"])

    threads = [threading.Thread(target=invocation) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(created) == [False, False, False, True]


def test_a_master_whose_password_is_refused_logs_in_with_a_token(
    cloud: Cloud, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = json.loads(cloud.postgres.connection.secret())
    cloud.aws.client("secretsmanager").create_secret(
        Name=user, SecretString=json.dumps({"username": master["username"], "password": "refused"})
    )
    monkeypatch.setenv("PGSSLROOTCERT", str(CERTIFICATES / "authority.pem"))
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.1")

    class Signer:
        """In place of IAM, which only AWS has: signs what this server takes."""

        def generate_db_auth_token(self, **_: object) -> str:
            return str(master["password"])

    with TlsFront(cloud.postgres.port) as front:
        server = {
            "DATABASE_HOST": HOST,
            "DATABASE_PORT": str(front.port),
            "DATABASE_NAME": master["dbname"],
        }
        module = handler(cloud, user, DATABASE_SECRET=user, **server)
        for name, value in server.items():
            monkeypatch.setenv(name, value)
        module.CLIENTS["rds"] = Signer()
        assert module.handle({}, None)[0]["created"] is True
