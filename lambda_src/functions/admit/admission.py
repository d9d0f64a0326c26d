"""A user of PostgreSQL that may do in one database what a function needs, and nothing elsewhere."""

from typing import Any, TypeAlias

from psycopg import Connection
from psycopg.sql import SQL, Identifier

# Any number will do that nothing else in the database uses: "admi" in ASCII.
LOCK = 0x61646D69
IAM = "rds_iam"

Session: TypeAlias = Connection[tuple[Any, ...]]


class AdmissionError(Exception):
    """The user cannot be admitted without harm."""


# The migrations' own table lies in public, which is nobody's to write from PostgreSQL 15 on.
KEEPS_TABLES = (
    "GRANT CREATE ON DATABASE {database} TO {user}",
    "GRANT USAGE, CREATE ON SCHEMA public TO {user}",
)


def admit(session: Session, user: str, *, keeps_tables: bool = True) -> dict[str, object]:
    """Make the user if there is none, let it log in by IAM where the server knows IAM, and perhaps let it keep tables.

    All of it or nothing; an advisory lock lets one of several do it at a time.

    Returns:
        The user, whether it is new, and whether it logs in by IAM.

    Raises:
        AdmissionError: the user is the one who admits; with IAM it would lose its password.
    """
    with session.transaction():
        session.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        if user == session.info.user:
            raise AdmissionError(f"{user} is who admits others; name a user of the function's own")
        created = not exists(session, user)
        if created:
            session.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(user)))
        by_iam = exists(session, IAM)
        if by_iam:
            session.execute(SQL("GRANT {} TO {}").format(Identifier(IAM), Identifier(user)))
        for statement in (
            "GRANT CONNECT ON DATABASE {database} TO {user}",
            *(KEEPS_TABLES if keeps_tables else ()),
        ):
            session.execute(
                SQL(statement).format(database=Identifier(session.info.dbname), user=Identifier(user))
            )
    return {"user": user, "created": created, "iam": by_iam}


def exists(session: Session, role: str) -> bool:
    return session.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is not None
