"""Lets a function's database user in: makes the user in PostgreSQL, to log in with tokens of IAM.

Environment: ``DATABASE_SECRET`` (of the master user), ``DATABASE_HOST``, ``DATABASE_PORT``, ``DATABASE_NAME``, and the
user to admit, ``DATABASE_USER``. Whatever the event is, the outcome is the same, however often it is told.
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
USER = os.environ["DATABASE_USER"]


def handle(event: object, context: object) -> dict[str, object]:  # noqa: ARG001 - Lambda passes them
    """Admit the user and tell what had to be done for it.

    Raises:
        psycopg.OperationalError: the database cannot be reached; the next time may be better.
    """
    with connect() as session:
        outcome = admit(session, USER)
    print(json.dumps(outcome), flush=True)  # noqa: T201 - the log
    return outcome


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
