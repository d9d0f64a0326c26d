"""The connection to PostgreSQL, kept across invocations."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from migrate import Session, migrate

T = TypeVar("T")
CONNECT_TIMEOUT_S = 5
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class SecretError(Exception):
    """The database secret is not in RDS's form. The message names fields, never values."""


class Database:
    """Runs transactions on one connection, which is made when first needed and again when it is found dead.

    Args:
        read_secret: gives the secret's text, JSON as RDS keeps it. It is read for every new connection, so a
            rotated password is picked up.
    """

    def __init__(self, read_secret: Callable[[], str]) -> None:
        self._read_secret = read_secret
        self._connection: Session | None = None

    def run(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in a transaction; if the kept connection turns out to be dead, once more on a new one.

        ``work`` must bear being run twice: a connection may die after the commit reached the server.

        Raises:
            psycopg.OperationalError: the database cannot be reached.
        """
        kept = self._connection
        if kept is not None and not kept.closed:
            try:
                return transact(kept, work)
            except psycopg.OperationalError:
                if not kept.closed:  # the server is well and refused this transaction
                    raise
        self._connection = self._connect()
        return transact(self._connection, work)

    def close(self) -> None:
        """Give the connection up; the next transaction makes a new one."""
        if self._connection is not None:
            self._connection.close()

    def _connect(self) -> Session:
        connection = psycopg.connect(**parameters(self._read_secret()))
        try:
            migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def transact(connection: Session, work: Callable[[Session], T]) -> T:
    with connection.transaction():
        # An execution environment that is killed in mid-transaction may leave its locks behind for hours.
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = '30s'")
        return work(connection)


def parameters(secret: str) -> dict[str, Any]:
    try:
        fields = json.loads(secret)
        host = str(fields["host"])
        return {
            "host": host,
            "port": int(fields["port"]),
            "user": str(fields["username"]),
            "password": str(fields["password"]),
            "dbname": str(fields["dbname"]),
            "sslmode": "prefer" if host in LOOPBACK else "require",
            "connect_timeout": CONNECT_TIMEOUT_S,
            "autocommit": True,  # transactions are opened explicitly
            "application_name": "thaw-aggregate",
        }
    except KeyError as error:
        raise SecretError(f"the database secret lacks the field {error}") from None
    except (TypeError, ValueError):
        raise SecretError("the database secret is not a JSON object with a numeric port") from None
