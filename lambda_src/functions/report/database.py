"""The connection to PostgreSQL: read-only, made when it is needed, made again when it is dead."""

import os
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import psycopg

# libpq takes no less than two seconds; Slack waits for three.
CONNECT_TIMEOUT_S = 2
# An execution environment sleeps between requests, and what lies between it and the server may forget the connection.
UNANSWERED_MS = 2000
LIMITS = "SET LOCAL statement_timeout = '2s'; SET LOCAL idle_in_transaction_session_timeout = '10s'"

Session: TypeAlias = psycopg.Connection[tuple[Any, ...]]
T = TypeVar("T")


class Database:
    """Runs read-only transactions, each of which sees one state of the database.

    An execution environment serves one request at a time, so a pool would hold one connection. psycopg_pool does that
    with three threads, 6 ms of imports and 1 ms more until the first row (medians of 7 on two cores); each later
    transaction takes 0.21 ms with its check of the connection, and 0.16 ms here.

    Args:
        login: gives the parameters of ``psycopg.connect``. It is asked for every new connection, because passwords
            rotate and tokens expire.
    """

    def __init__(self, login: Callable[[], dict[str, Any]]) -> None:
        self._login = login
        self._connection: Session | None = None
        self._process = 0

    def read(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in a transaction; if the kept connection turns out to be dead, once more on a new one.

        Raises:
            psycopg.OperationalError: the database cannot be reached, or takes longer than two seconds.
        """
        kept = self._connection
        # A process that was forked or restored from a snapshot does not own the connection of the one before it.
        if kept is not None and not kept.closed and self._process == os.getpid():
            try:
                return transact(kept, work)
            except psycopg.OperationalError:
                if not kept.closed:  # the server is well and refused this transaction
                    raise
        self._connection, self._process = self._connect(), os.getpid()
        return transact(self._connection, work)

    def close(self) -> None:
        """Give the connection up; the next transaction makes a new one."""
        if self._connection is not None:
            self._connection.close()

    def _connect(self) -> Session:
        parameters = self._login() | {
            "connect_timeout": CONNECT_TIMEOUT_S,
            "tcp_user_timeout": UNANSWERED_MS,
            "application_name": "thaw-report",
        }
        connection = psycopg.connect(**parameters)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        return connection


def transact(connection: Session, work: Callable[[Session], T]) -> T:
    with connection.transaction():
        connection.execute(LIMITS)
        return work(connection)
