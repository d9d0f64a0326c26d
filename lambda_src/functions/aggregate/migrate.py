"""Brings the database schema up to date from numbered SQL files."""

import hashlib
from pathlib import Path
from typing import Any, TypeAlias

from psycopg import Connection

FOLDER = Path(__file__).parent / "migrations"
# Any number will do that nothing else in the database uses: "thaw" in ASCII.
LOCK = 0x74686177

Session: TypeAlias = Connection[tuple[Any, ...]]


class MigrationError(Exception):
    """The database was migrated by files that differ from those at hand."""


def migrate(connection: Session, folder: Path = FOLDER) -> list[str]:
    """Apply the migrations that the database lacks, in the order of their names, all or none.

    An advisory lock lets one of several cold starts do it while the others wait. Migrations that the database has
    and the folder lacks are let be: they come from a newer deployment that is taking over.

    Returns:
        The names of the migrations applied.

    Raises:
        MigrationError: an applied migration has changed since, or a new one sorts before an applied one.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        connection.execute(
            "CREATE TABLE IF NOT EXISTS thaw_migrations (name text PRIMARY KEY, sha256 text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT now())"
        )
        rows = connection.execute("SELECT name, sha256 FROM thaw_migrations").fetchall()
        applied: dict[str, str] = dict(rows)
        files = sorted(folder.glob("[0-9]*.sql"))
        return [file.name for file in files if apply(connection, file, applied)]


def apply(connection: Session, file: Path, applied: dict[str, str]) -> bool:
    script = file.read_bytes()
    digest = hashlib.sha256(script).hexdigest()
    if file.name in applied:
        if applied[file.name] != digest:
            raise MigrationError(f"{file.name} has changed since it was applied; add a new migration instead")
        return False
    if newer := [name for name in applied if name > file.name]:
        raise MigrationError(f"{file.name} sorts before {max(newer)}, which is applied; number it higher")
    connection.execute(script)
    connection.execute("INSERT INTO thaw_migrations (name, sha256) VALUES (%s, %s)", (file.name, digest))
    return True
