"""Takes benchmark results out of S3 into PostgreSQL and announces a summary of each on SNS.

Environment: ``SUMMARY_TOPIC_ARN``, ``QUARANTINE_PREFIX``, and what ``login`` reads.
"""

import json
import os
from collections.abc import Mapping
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from database import Database
from document import Invalid
from formats import parse
from login import login
from measurement import Measurement
from notifications import Location, locations
from objects import Found, newest_etag, read
from quarantine import set_aside
from store import Changed, save
from summary import summaries
from topic import publish

# An object that changes this often while it is read is left to the events of its later versions.
ATTEMPTS = 5

# Clients and the import of psycopg cost most of a start; during initialisation they run at full CPU.
CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "max_attempts": 4})
S3 = boto3.client("s3", config=CONFIG)
SNS = boto3.client("sns", config=CONFIG)
TOPIC_ARN = os.environ["SUMMARY_TOPIC_ARN"]
QUARANTINE_PREFIX = os.environ["QUARANTINE_PREFIX"]
DATABASE = Database(login(os.environ, lambda service: boto3.client(service, config=CONFIG)))


def handle(event: Mapping[str, Any], context: object) -> None:  # noqa: ARG001 - Lambda passes it
    """Take in every object that an S3 notification announces.

    Raises:
        Exception: something that may pass, such as a database that is down. The platform invokes again; every
            step bears being repeated.
    """
    for location in locations(event):
        outcome = {"outcome": "skipped: in quarantine"}
        if not location.key.startswith(QUARANTINE_PREFIX):
            outcome = take_in(location)
        print(json.dumps({"object": str(location), **outcome}), flush=True)  # noqa: T201 - the log


def take_in(location: Location) -> dict[str, Any]:
    """Take in the newest version of an object and tell what came of it.

    Raises:
        Changed: the object changed again and again while it was read.
    """
    for _ in range(ATTEMPTS):
        found = read(S3, location)
        if found is None:
            return {"outcome": "skipped: no such object any more"}
        try:
            return store_and_publish(location, found, parse(found.content(), location.key))
        except Invalid as invalid:
            if key := set_aside(S3, QUARANTINE_PREFIX, location, found, invalid):
                return {"outcome": "quarantined", "reason": invalid.reason, "path": invalid.path, "key": key}
        except Changed:
            continue
    raise Changed(f"{location} changed {ATTEMPTS} times while it was read")


def store_and_publish(location: Location, found: Found, measurement: Measurement) -> dict[str, Any]:
    stored = DATABASE.run(
        lambda session: save(session, location, found.etag, measurement, lambda: newest_etag(S3, location))
    )
    # After the commit, and also when the content was there already: the delivery before this one may have died
    # between the two.
    published = publish(SNS, TOPIC_ARN, summaries(location, measurement, stored))
    outcome = "repeated" if stored.repeated else "stored"
    return {"outcome": outcome, "revision": stored.revision, "published": published}
