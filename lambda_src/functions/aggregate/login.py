"""How to log in to PostgreSQL: where, as whom, and by what the server is recognised.

Environment: ``DATABASE_AUTHENTICATION``, either ``secret`` (what there is without it) or ``iam``.

- ``secret``: ``DATABASE_SECRET`` names a secret in RDS's form. ``DATABASE_HOST``, ``DATABASE_PORT`` and
  ``DATABASE_NAME`` stand in for what it lacks: a secret that RDS manages holds a name and a password only.
- ``iam``: ``DATABASE_HOST``, ``DATABASE_PORT``, ``DATABASE_NAME``, ``DATABASE_USER``; the password is a token that is
  signed for each connection and good for 15 minutes. Nothing is called for it.

``PGSSLROOTCERT``, a file of certificate authorities, takes the place of those of Amazon RDS.
"""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

CONNECT_TIMEOUT_S = 5
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
AUTHORITIES = Path(__file__).with_name("rds-certificate-authorities.pem")
_GIVEN = {"host": "DATABASE_HOST", "port": "DATABASE_PORT", "dbname": "DATABASE_NAME"}

Parameters: TypeAlias = dict[str, Any]
# Makes a client of boto3 for a service.
Clients: TypeAlias = Callable[[str], Any]


class LoginError(Exception):
    """What is known about the database is not enough. The message names fields, never values."""


def login(environment: Mapping[str, str], clients: Clients) -> Callable[[], Parameters]:
    """What gives the parameters of each new connection, so that a rotated password is picked up.

    Raises:
        LoginError: ``DATABASE_AUTHENTICATION`` is neither of the two.
        KeyError: a variable is missing.
    """
    way = environment.get("DATABASE_AUTHENTICATION", "secret")
    if way not in ("iam", "secret"):
        raise LoginError("DATABASE_AUTHENTICATION is neither iam nor secret")
    by = by_token if way == "iam" else by_password
    return by(environment, clients)


def by_password(environment: Mapping[str, str], clients: Clients) -> Callable[[], Parameters]:
    secrets, name = clients("secretsmanager"), environment["DATABASE_SECRET"]
    given = {field: environment[variable] for field, variable in _GIVEN.items() if variable in environment}
    return lambda: parameters(fields_of(secrets.get_secret_value(SecretId=name)["SecretString"]) | given)


def by_token(environment: Mapping[str, str], clients: Clients, user: str = "") -> Callable[[], Parameters]:
    rds = clients("rds")
    given = {field: environment[variable] for field, variable in _GIVEN.items()}
    user = user or environment["DATABASE_USER"]

    def signed() -> Parameters:
        token = rds.generate_db_auth_token(DBHostname=given["host"], Port=int(given["port"]), DBUsername=user)
        return parameters(given | {"username": user, "password": token})

    return signed


def fields_of(secret: str) -> dict[str, Any]:
    try:
        return dict(json.loads(secret))
    except (TypeError, ValueError):
        raise LoginError("the database secret is not a JSON object") from None


def parameters(fields: Mapping[str, Any]) -> Parameters:
    try:
        host = str(fields["host"])
        return {
            "host": host,
            "port": int(fields["port"]),
            "user": str(fields["username"]),
            "password": str(fields["password"]),
            "dbname": str(fields["dbname"]),
            "sslmode": "prefer" if host in LOOPBACK else "verify-full",
            "sslrootcert": os.environ.get("PGSSLROOTCERT", str(AUTHORITIES)),
            "connect_timeout": CONNECT_TIMEOUT_S,
            "autocommit": True,  # transactions are opened explicitly
        }
    except KeyError as error:
        raise LoginError(f"neither the secret nor the environment has the database's {error}") from None
    except (TypeError, ValueError):
        raise LoginError("the database's port is not a number") from None
