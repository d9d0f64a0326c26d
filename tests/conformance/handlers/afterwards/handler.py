"""Runs code that a test sends, in a module that has initialised everything that the code will use."""

import asyncio
import faulthandler
import locale
import multiprocessing
import random
import secrets
import signal
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import uuid
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import coverage
import numpy as np
import psycopg
import pydantic
from cryptography.hazmat.primitives.asymmetric import ec

s3 = boto3.client("s3")
zone = ZoneInfo("Europe/Stockholm")
database = sqlite3.connect(":memory:")
database.execute("create table kept (number integer)")
database.execute("insert into kept values (random())")
matrix = np.arange(4.0).reshape(2, 2)
terminated: list[int] = []
signal.signal(signal.SIGTERM, lambda number, _frame: terminated.append(number))
locale.setlocale(locale.LC_ALL, "C")
held = threading.RLock()
held.acquire()
faulthandler.enable()

own = random.Random()  # noqa: S311 - no secret
generator = np.random.default_rng()
unconnected = psycopg.pq.PGconn.connect_start(b"host=127.0.0.1 port=1 connect_timeout=1")
unconnected.finish()


class Measurement(pydantic.BaseModel):
    """A model, compiled to a validator at build time."""

    name: str
    seconds: float


async def in_turn(*numbers: int) -> list[int]:
    """The numbers, each from a task of its own."""
    return await asyncio.gather(*(asyncio.sleep(0, number) for number in numbers))


def fail() -> None:
    """Raises an error from a line of a file."""
    raise LookupError("afterwards")  # the line that a traceback shows


def temporary_name() -> str:
    """The name of a file that was made and removed."""
    with tempfile.NamedTemporaryFile() as file:
        return file.name


def salt() -> str:
    """What libpq, by the copy of OpenSSL that its wheel brings, draws for a password."""
    connection = psycopg.pq.PGconn.connect_start(b"host=127.0.0.1 port=1 connect_timeout=1")
    return connection.encrypt_password(b"password", b"user", b"scram-sha-256").decode().split("$")[1]


NUMBERS = {
    "random": random.random,
    "random.Random of the module": own.random,
    "numpy.random": np.random.random,
    "numpy.random.Generator of the module": generator.random,
    "uuid1": uuid.uuid1,
    "uuid4": uuid.uuid4,
    "secrets": secrets.token_hex,
    "tempfile": temporary_name,
    "ssl.RAND_bytes": lambda: ssl.RAND_bytes(16).hex(),
    "key of cryptography's OpenSSL": lambda: (
        ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    ),
    "salt of libpq's OpenSSL": salt,
    "SQLite's random": lambda: database.execute("select random()").fetchone()[0],
    "key of multiprocessing": lambda: bytes(multiprocessing.current_process().authkey).hex(),
}
for draw in NUMBERS.values():
    draw()
MODULES = (coverage, subprocess, sys)


def handle(event: Any, _context: object) -> Any:
    """What the code that is the event calls ``result``."""
    names = dict(globals())
    exec(event, names)  # noqa: S102 - what this function is for
    return names.get("result")
