"""The connection, the migrations and what the store makes of a measurement."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observatory import SAMPLE, bench
from task_root import TaskRoot

from thaw_cli.local.cloud import Cloud

aggregate = TaskRoot("aggregate")
migrate, MigrationError = aggregate.migrate.migrate, aggregate.migrate.MigrationError
Location = aggregate.notifications.Location


@pytest.fixture
def empty(cloud: Cloud, database: psycopg.Connection[Any], request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database of the test's own."""
    name = request.node.name.replace("[", "_").replace("]", "_")[:60]
    database.execute(f'CREATE DATABASE "{name}"')
    yield urlsplit(cloud.postgres.dsn)._replace(path=f"/{name}").geturl()
    database.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def session(empty: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(empty, autocommit=True) as session:
        yield session


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    (tmp_path / "0001_one.sql").write_text("CREATE TABLE one ()")
    (tmp_path / "0002_two.sql").write_text("CREATE TABLE two (); CREATE TABLE three ()")
    return tmp_path


def test_migrations_are_applied_once_and_in_order(session: psycopg.Connection[Any], scripts: Path) -> None:
    assert migrate(session, scripts) == ["0001_one.sql", "0002_two.sql"]
    assert migrate(session, scripts) == []


def test_a_later_migration_is_applied_to_what_is_there(
    session: psycopg.Connection[Any], scripts: Path
) -> None:
    migrate(session, scripts)
    (scripts / "0003_three.sql").write_text("ALTER TABLE one ADD n integer")
    assert migrate(session, scripts) == ["0003_three.sql"]


def test_a_changed_migration_is_refused(session: psycopg.Connection[Any], scripts: Path) -> None:
    migrate(session, scripts)
    (scripts / "0001_one.sql").write_text("CREATE TABLE another ()")
    with pytest.raises(MigrationError, match=r"0001_one\.sql has changed"):
        migrate(session, scripts)


def test_a_migration_before_an_applied_one_is_refused(
    session: psycopg.Connection[Any], scripts: Path
) -> None:
    migrate(session, scripts)
    (scripts / "0001_two.sql").write_text("CREATE TABLE late ()")
    with pytest.raises(MigrationError, match=r"sorts before 0002_two\.sql"):
        migrate(session, scripts)


def test_migrations_of_a_newer_deployment_are_let_be(session: psycopg.Connection[Any], scripts: Path) -> None:
    migrate(session, scripts)
    (scripts / "0002_two.sql").unlink()
    assert migrate(session, scripts) == []


def test_a_failing_migration_leaves_nothing_behind(session: psycopg.Connection[Any], scripts: Path) -> None:
    (scripts / "0003_bad.sql").write_text("CREATE TABLE one ()")
    with pytest.raises(psycopg.errors.DuplicateTable):
        migrate(session, scripts)
    assert session.execute("SELECT to_regclass('one'), to_regclass('thaw_migrations')").fetchone() == (
        None,
        None,
    )


def test_concurrent_cold_starts_migrate_once(empty: str, scripts: Path) -> None:
    start, applied = threading.Barrier(4), []

    def cold_start() -> None:
        with psycopg.connect(empty, autocommit=True) as session:
            start.wait()
            applied.append(migrate(session, scripts))

    threads = [threading.Thread(target=cold_start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(applied) == [[], [], [], ["0001_one.sql", "0002_two.sql"]]


def logged_in(cloud: Cloud, **instead: Any) -> Any:
    return aggregate.login.parameters(json.loads(cloud.postgres.connection.secret()) | instead)


@pytest.fixture
def kept(cloud: Cloud) -> Iterator[Any]:
    database = aggregate.database.Database(lambda: logged_in(cloud))
    yield database
    database.close()


def backend(session: psycopg.Connection[Any]) -> int:
    [(pid,)] = session.execute("SELECT pg_backend_pid()").fetchall()
    return int(pid)


def test_the_connection_is_kept_across_transactions(kept: Any) -> None:
    assert kept.run(backend) == kept.run(backend)


def test_a_dead_connection_is_made_again(kept: Any, database: psycopg.Connection[Any]) -> None:
    first = kept.run(backend)
    database.execute("SELECT pg_terminate_backend(%s, 5000)", (first,))
    assert kept.run(backend) != first


def test_a_failed_transaction_leaves_the_connection_usable(kept: Any) -> None:
    first = kept.run(backend)
    with pytest.raises(psycopg.errors.UndefinedTable):
        kept.run(lambda session: session.execute("SELECT * FROM nowhere"))
    assert kept.run(backend) == first


def test_a_database_that_is_down_is_an_operational_error(cloud: Cloud) -> None:
    with pytest.raises(psycopg.OperationalError):
        aggregate.database.Database(lambda: logged_in(cloud, port=1)).run(backend)


def save(
    session: psycopg.Connection[Any], body: bytes, *, key: str = "results/run.json", etag: str = "1"
) -> Any:
    measurement = aggregate.formats.parse(body, key)
    with session.transaction():
        return aggregate.store.save(session, Location("results", key), etag, measurement, lambda: etag)


@pytest.fixture
def migrated(session: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    migrate(session)
    return session


def test_the_view_gives_the_statistics_that_are_published(migrated: psycopg.Connection[Any]) -> None:
    save(migrated, SAMPLE.read_bytes())
    rows = migrated.execute(
        "SELECT n, mean_ms, sd_ms, min_ms, p50_ms, p90_ms, p99_ms, max_ms FROM observatory.summaries ORDER BY runtime"
    ).fetchall()
    results = aggregate.formats.parse(SAMPLE.read_bytes(), "").results
    python, swift = (aggregate.summary.statistics_of(result.cold_ms) for result in reversed(results))
    assert rows == [pytest.approx(tuple(python.values())), pytest.approx(tuple(swift.values()))]


def test_a_result_that_a_newer_content_lacks_is_withdrawn(migrated: psycopg.Connection[Any]) -> None:
    save(migrated, bench(runtime="a"), etag="1")
    stored = save(migrated, bench(runtime="b"), etag="2")
    assert [(stored.revision, withdrawn.series.runtime) for withdrawn in stored.withdrawn] == [(2, "a")]


def test_a_withdrawal_is_told_again_when_the_content_is_delivered_again(
    migrated: psycopg.Connection[Any],
) -> None:
    save(migrated, bench(runtime="a"), etag="1")
    first = save(migrated, bench(runtime="b"), etag="2")
    second = save(migrated, bench(runtime="b"), etag="2")
    assert (second.repeated, second.withdrawn) == (True, first.withdrawn)


def test_a_result_that_comes_back_is_no_longer_withdrawn(migrated: psycopg.Connection[Any]) -> None:
    for etag, runtime in (("1", "a"), ("2", "b"), ("3", "a")):
        stored = save(migrated, bench(runtime=runtime), etag=etag)
    assert [withdrawn.series.runtime for withdrawn in stored.withdrawn] == ["b"]


def test_what_is_no_longer_the_newest_content_leaves_no_trace(migrated: psycopg.Connection[Any]) -> None:
    measurement = aggregate.formats.parse(bench(), "")
    with pytest.raises(aggregate.store.Changed), migrated.transaction():
        aggregate.store.save(migrated, Location("results", "k"), "1", measurement, lambda: "2")
    assert migrated.execute("SELECT count(*) FROM observatory.objects").fetchone() == (0,)


def test_an_object_is_locked_before_its_newest_content_is_asked_for(
    migrated: psycopg.Connection[Any], empty: str
) -> None:
    save(migrated, bench(), key="k")
    measurement = aggregate.formats.parse(bench(), "")

    def locked_by_somebody() -> str:
        with psycopg.connect(empty) as other, pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("SELECT 1 FROM observatory.objects FOR UPDATE NOWAIT")
        return "2"

    with migrated.transaction():
        stored = aggregate.store.save(
            migrated, Location("results", "k"), "2", measurement, locked_by_somebody
        )
    assert stored.revision == 2


TEXTS = st.text(min_size=1, max_size=20)


@settings(max_examples=40, deadline=None)
@given(
    display=TEXTS, conditions=st.dictionaries(TEXTS, TEXTS | st.floats(), max_size=3), cold=st.floats(0, 1e6)
)
def test_the_database_stores_whatever_the_parser_takes_in(
    cloud: Cloud, display: str, conditions: dict[str, Any], cold: float
) -> None:
    document = json.loads(bench(cold=(cold, 1.0))) | {"conditions": conditions}
    document["results"][0]["display"] = display
    try:
        measurement = aggregate.formats.parse(json.dumps(document).encode(), "k")
    except aggregate.document.Invalid:
        return
    with psycopg.connect(cloud.postgres.dsn, autocommit=True) as session:
        migrate(session)
        with session.transaction(force_rollback=True):
            aggregate.store.save(session, Location("results", "k"), "1", measurement, lambda: "1")
            stored = session.execute(
                "SELECT display, conditions, milliseconds FROM observatory.objects"
                " JOIN observatory.results ON object_id = objects.id JOIN observatory.samples ON result_id = results.id"
                " WHERE bucket = 'results' AND phase = 'cold' AND position = 0"
            ).fetchone()
    assert stored == (display, conditions, cold)
