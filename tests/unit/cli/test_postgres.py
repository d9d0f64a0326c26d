"""A real PostgreSQL server on loopback."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.processes import await_condition, await_none_working_in
from thaw_cli.errors import ServerFailedError
from thaw_cli.local.postgres import Postgres


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stopped")
    with Postgres(folder):
        pass
    return folder


@pytest.fixture
def folder(stopped: Path, tmp_path: Path) -> Path:
    """The folder of a server that has run before and does not run now."""
    return shutil.copytree(stopped, tmp_path / "copy")


def test_it_listens_on_loopback_only_and_on_no_unix_socket(postgres: Postgres) -> None:
    with psycopg.connect(postgres.dsn) as connection:
        addresses = connection.execute("SHOW listen_addresses").fetchone()
        sockets = connection.execute("SHOW unix_socket_directories").fetchone()

    assert (addresses, sockets) == (("127.0.0.1",), ("",))


def test_it_is_version_18(postgres: Postgres) -> None:
    with psycopg.connect(postgres.dsn) as connection:
        assert connection.info.server_version // 10000 == 18


def test_a_wrong_password_is_refused(postgres: Postgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.dsn, password="wrong")


def test_the_password_does_not_show_in_the_representation(postgres: Postgres) -> None:
    assert postgres.connection.password not in repr(postgres.connection)


def test_text_sorts_the_same_on_every_machine(postgres: Postgres) -> None:
    with psycopg.connect(postgres.dsn) as connection:
        rows = connection.execute(
            "SELECT x FROM unnest(ARRAY['b', 'B', 'ä', 'a']) AS x ORDER BY x"
        ).fetchall()

    assert [row[0] for row in rows] == ["B", "a", "b", "ä"]


def test_data_and_port_survive_a_restart(folder: Path) -> None:
    with Postgres(folder) as server:
        dsn = server.dsn
        with psycopg.connect(dsn) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    with Postgres(folder), psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_committed_data_survive_a_server_that_was_killed(folder: Path) -> None:
    with Postgres(folder) as server:
        with psycopg.connect(server.dsn) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(server.keeper.pid, signal.SIGKILL)
        await_none_working_in(folder)

    with Postgres(folder) as server, psycopg.connect(server.dsn) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_server_that_was_killed_counts_as_ended(folder: Path) -> None:
    with Postgres(folder) as server:
        os.kill(server.keeper.pid, signal.SIGKILL)

        await_condition(lambda: not server.keeper.alive, "the keeper is gone")


def test_a_port_that_somebody_else_has_taken_is_an_error_that_shows_the_log(
    postgres: Postgres, folder: Path
) -> None:
    (folder / "connection.json").write_text(postgres.connection.secret())

    with pytest.raises(ServerFailedError, match="Address already in use"):
        Postgres(folder).start()


def test_half_made_data_are_made_again(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("18\n")

    with Postgres(tmp_path) as server, psycopg.connect(server.dsn) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
