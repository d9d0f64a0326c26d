"""Writes measurements to PostgreSQL so that every object counts once, with its newest content."""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from measurement import Measurement, Result, Series, timestamp
from migrate import Session
from notifications import Location

# Result ids are derived (RFC 9562, version 5), so that writing a result again gives it the same id.
NAMESPACE = uuid.UUID("7d3c9a52-5f0e-4a55-9d6b-0f5c5e2a8f41")

INSERT_OBJECT = """
    INSERT INTO observatory.objects (bucket, key, etag, revision, measured_at, conditions)
    VALUES (%s, %s, '', 0, %s, '{}') ON CONFLICT (bucket, key) DO NOTHING
"""
LOCK_OBJECT = "SELECT id, etag, revision FROM observatory.objects WHERE bucket = %s AND key = %s FOR UPDATE"
UPDATE_OBJECT = """
    UPDATE observatory.objects
    SET etag = %s, revision = revision + 1, measured_at = %s, conditions = %s, stored_at = now() WHERE id = %s
"""
DELETE_SAMPLES = """
    DELETE FROM observatory.samples USING observatory.results
    WHERE samples.result_id = results.id AND results.object_id = %s
"""
WITHDRAW = "UPDATE observatory.results SET withdrawn = true WHERE object_id = %s"
UPSERT_RESULT = """
    INSERT INTO observatory.results (id, object_id, source, runtime, package, memory_mb, architecture, measured_at,
        display, memory_used_mb, reported_init_mean_ms, reported_duration_mean_ms)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (id) DO UPDATE SET display = excluded.display, memory_used_mb = excluded.memory_used_mb,
        reported_init_mean_ms = excluded.reported_init_mean_ms,
        reported_duration_mean_ms = excluded.reported_duration_mean_ms, withdrawn = false
"""
COPY_SAMPLES = "COPY observatory.samples (result_id, phase, position, milliseconds) FROM STDIN"
SELECT_WITHDRAWN = """
    SELECT id, source, runtime, package, memory_mb, architecture, display, measured_at
    FROM observatory.results WHERE object_id = %s AND withdrawn ORDER BY id
"""


class Changed(Exception):  # noqa: N818 - not a fault
    """The object is no longer what was read."""


@dataclass(frozen=True)
class Withdrawn:
    """A result that an earlier version of the object had and the newest has not."""

    id: str
    series: Series
    display: str
    measured_at: datetime


@dataclass(frozen=True)
class Stored:
    """What the database holds of an object after a delivery.

    Args:
        revision: counts the object's contents from 1; of two summaries with one id the greater revision is newer.
        repeated: the database held this content already.
        withdrawn: results that are to be withdrawn downstream.
    """

    revision: int
    repeated: bool
    withdrawn: tuple[Withdrawn, ...]


def save(
    connection: Session,
    location: Location,
    etag: str,
    measurement: Measurement,
    newest_etag: Callable[[], str | None],
) -> Stored:
    """Make the database hold exactly this measurement for the object, in the current transaction.

    The object's row is locked first and only then is S3 asked whether what was read is still the newest. S3 is
    strongly consistent, so whoever holds the lock stores the newest content or nothing: late, doubled and
    concurrent deliveries all end in the same rows, without comparing the events' sequencers.

    Raises:
        Changed: the object has changed or gone since it was read; the transaction is to be rolled back.
    """
    connection.execute(INSERT_OBJECT, (location.bucket, location.key, measurement.measured_at))
    row = connection.execute(LOCK_OBJECT, (location.bucket, location.key)).fetchone()
    if row is None or newest_etag() != etag:
        raise Changed
    number, stored_etag, revision = row
    repeated = stored_etag == etag
    if not repeated:
        replace(connection, number, location, etag, measurement)
        revision += 1
    withdrawn = connection.execute(SELECT_WITHDRAWN, (number,)).fetchall()
    return Stored(revision, repeated, tuple(read_withdrawn(row) for row in withdrawn))


def replace(
    connection: Session, number: int, location: Location, etag: str, measurement: Measurement
) -> None:
    conditions = json.dumps(dict(measurement.conditions))
    connection.execute(UPDATE_OBJECT, (etag, measurement.measured_at, conditions, number))
    connection.execute(DELETE_SAMPLES, (number,))
    connection.execute(WITHDRAW, (number,))
    with connection.cursor() as cursor:
        rows = (result_row(number, location, measurement, result) for result in measurement.results)
        cursor.executemany(UPSERT_RESULT, rows)
        with cursor.copy(COPY_SAMPLES) as copy:
            for row in sample_rows(location, measurement):
                copy.write_row(row)


def result_id(location: Location, measurement: Measurement, series: Series) -> str:
    """Derive the id of a result from its object, its series and its time."""
    name = json.dumps([location.bucket, location.key, str(series), timestamp(measurement.measured_at)])
    return str(uuid.uuid5(NAMESPACE, name))


def result_row(
    number: int, location: Location, measurement: Measurement, result: Result
) -> tuple[object, ...]:
    series = result.series
    return (
        result_id(location, measurement, series),
        number,
        *(series.source, series.runtime, series.package, series.memory_mb, series.architecture),
        measurement.measured_at,
        result.display,
        *(result.memory_used_mb, result.reported_init_mean_ms, result.reported_duration_mean_ms),
    )


def sample_rows(location: Location, measurement: Measurement) -> Iterator[tuple[str, str, int, float]]:
    for result in measurement.results:
        identity = result_id(location, measurement, result.series)
        for phase, samples in (("cold", result.cold_ms), ("warm", result.warm_ms)):
            for position, milliseconds in enumerate(samples):
                yield identity, phase, position, milliseconds


def read_withdrawn(row: tuple[Any, ...]) -> Withdrawn:
    identity, *series, display, measured_at = row
    return Withdrawn(str(identity), Series(*series), display, measured_at)
