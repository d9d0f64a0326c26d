"""The connection to PostgreSQL, kept across invocations."""

from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from migrate import Session, migrate

T = TypeVar("T")


class Database:
    """Runs transactions on one connection, which is made when first needed and again when it is found dead.

    Args:
        login: gives the parameters of ``psycopg.connect``. It is asked for every new connection, because passwords
            rotate and tokens expire.
    """

    def __init__(self, login: Callable[[], dict[str, Any]]) -> None:
        self._login = login
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
        connection = psycopg.connect(**self._login(), application_name="thaw-aggregate")
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
