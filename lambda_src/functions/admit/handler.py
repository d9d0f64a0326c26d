"""Lets the functions' database users in: makes them in PostgreSQL, to log in with tokens of IAM.

Environment: ``DATABASE_SECRET`` (of the master user), ``DATABASE_HOST``, ``DATABASE_PORT``, ``DATABASE_NAME``, and the
users to admit: ``DATABASE_USER``, which keeps tables, and ``DATABASE_READER``, which may be missing and only reads them.
Whatever the event is, the outcome is the same, however often it is told.
"""

import json
import os

import boto3  # type: ignore[import-untyped]
import psycopg
from admission import Session, admit
from botocore.config import Config  # type: ignore[import-untyped]
from login import by_password, by_token

CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "max_attempts": 4})
CLIENTS = {service: boto3.client(service, config=CONFIG) for service in ("rds", "secretsmanager")}
PASSWORD = by_password(os.environ, CLIENTS.__getitem__)
USER, READER = os.environ["DATABASE_USER"], os.environ.get("DATABASE_READER")


def handle(event: object, context: object) -> list[dict[str, object]]:  # noqa: ARG001 - Lambda passes them
    """Admit the users and tell what had to be done for each.

    Raises:
        psycopg.OperationalError: the database cannot be reached; the next time may be better.
    """
    with connect() as session:
        outcomes = [admit(session, USER), *([admit(session, READER, keeps_tables=False)] if READER else [])]
    for outcome in outcomes:
        print(json.dumps(outcome), flush=True)  # noqa: T201 - the log
    return outcomes


def connect() -> Session:
    """A connection of the master user, by password and, where that is refused, by token.

    From PostgreSQL 16 on, whoever makes a user is a member of it, and so of ``rds_iam``, whose members RDS lets in with
    a token only: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html.
    """
    parameters = PASSWORD()
    try:
        return psycopg.connect(**parameters, application_name="thaw-admit")
    except psycopg.OperationalError:
        if parameters["sslmode"] != "verify-full":
            raise
        signed = by_token(os.environ, CLIENTS.__getitem__, user=parameters["user"])
        return psycopg.connect(**signed(), application_name="thaw-admit")
