"""The newest result of every series, with its statistics, as one snapshot of the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import psycopg
from database import Database, Session

# Every change of content adds one to the sum, and nothing takes anything from it but deleting objects by hand.
SELECT_REVISION = "SELECT count(*), coalesce(max(id), 0), coalesce(sum(revision), 0) FROM observatory.objects"
# From the newest result of one series to that of the next, along their index: it takes as long as there are series, however many
# results each has. Sorting 10,000 results for the newest of 636 series took 90 ms, and this takes 10.
SELECT_NEWEST = """
    WITH RECURSIVE newest AS (
        (
            SELECT source, runtime, package, memory_mb, architecture, display, measured_at, id
            FROM observatory.results WHERE NOT withdrawn
            ORDER BY source, runtime, package, memory_mb, architecture, measured_at DESC, object_id DESC LIMIT 1
        )
        UNION ALL
        SELECT next.* FROM newest, LATERAL (
            SELECT source, runtime, package, memory_mb, architecture, display, measured_at, id
            FROM observatory.results
            WHERE NOT withdrawn AND (source, runtime, package, memory_mb, architecture)
                > (newest.source, newest.runtime, newest.package, newest.memory_mb, newest.architecture)
            ORDER BY source, runtime, package, memory_mb, architecture, measured_at DESC, object_id DESC LIMIT 1
        ) AS next
    )
    SELECT newest.source, newest.runtime, newest.package, newest.memory_mb, newest.architecture, newest.display,
        newest.measured_at,
        cold.n, cold.mean_ms, cold.sd_ms, cold.min_ms, cold.p25_ms, cold.p50_ms, cold.p75_ms, cold.p90_ms,
        cold.p95_ms, cold.p99_ms, cold.max_ms,
        warm.n, warm.mean_ms, warm.sd_ms, warm.min_ms, warm.p25_ms, warm.p50_ms, warm.p75_ms, warm.p90_ms,
        warm.p95_ms, warm.p99_ms, warm.max_ms
    FROM newest
    JOIN observatory.statistics AS cold ON cold.result_id = newest.id AND cold.phase = 'cold'
    LEFT JOIN observatory.statistics AS warm ON warm.result_id = newest.id AND warm.phase = 'warm'
    ORDER BY cold.p50_ms, newest.source, newest.runtime, newest.package, newest.memory_mb, newest.architecture
"""
SERIES_COLUMNS, STATISTICS_COLUMNS = 7, 11

Revision: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of the samples of one phase, in milliseconds. ``sd_ms`` is that of a sample (n - 1); a single one has none."""

    n: int
    mean_ms: float
    sd_ms: float | None
    min_ms: float
    p25_ms: float
    p50_ms: float
    p75_ms: float
    p90_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Result:
    """The newest result of a series. Its texts come from whoever uploads results."""

    source: str
    runtime: str
    package: str
    memory_mb: int
    architecture: str
    display: str
    measured_at: datetime
    cold: Statistics
    warm: Statistics | None


@dataclass(frozen=True)
class Data:
    """All newest results, the fastest cold start first, as they were at one moment.

    Attributes:
        revision: differs whenever the results may differ; nothing was ever stored where it is empty.
    """

    revision: Revision = ()
    results: tuple[Result, ...] = ()


class Results:
    """Reads the newest results, and keeps them for as long as nothing is stored."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept = Data()

    def newest(self) -> Data:
        """What the database holds now.

        Nothing, where no migration has made the tables yet: those are the business of ``aggregate``.

        Raises:
            psycopg.Error: the database cannot be reached or read.
        """
        try:
            self._kept = self._database.read(self._read)
        except psycopg.errors.UndefinedTable:
            return Data()
        return self._kept

    def _read(self, session: Session) -> Data:
        revision = session.execute(SELECT_REVISION).fetchone() or ()
        if revision == self._kept.revision:
            return self._kept
        rows = session.execute(SELECT_NEWEST).fetchall()
        return Data(revision, tuple(result_of(row) for row in rows))


def result_of(row: tuple[Any, ...]) -> Result:
    series, statistics = row[:SERIES_COLUMNS], row[SERIES_COLUMNS:]
    cold, warm = statistics[:STATISTICS_COLUMNS], statistics[STATISTICS_COLUMNS:]
    values: tuple[Any, ...] = (*series, Statistics(*cold), None if warm[0] is None else Statistics(*warm))
    return Result(*values)
