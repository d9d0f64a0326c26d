"""An object that is not valid is set aside with the reason, and nothing is lost of any other."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from observatory import Observatory, bench
from task_root import TaskRoot

Database = psycopg.Connection[Any]
Lines = Callable[[], list[dict[str, Any]]]
QUARANTINE = TaskRoot("aggregate").quarantine
BAD = {
    "non-JSON": (b"runtime,cold_ms", "not-json", "$"),
    "truncated": (bench()[:-20], "not-json", "$"),
    "empty": (b"", "empty", "$"),
    "unknown field": (
        bench().replace(b'"cold_ms"', b'"colder": 1, "cold_ms"'),
        "unknown-field",
        "$.results[0].colder",
    ),
    "100 MB": (b" " * 100_000_000, "too-large", "$"),
}


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """A key of the test's own, with characters that events encode."""
    return f"results/{request.node.name} é+%.json"


@pytest.mark.parametrize(("body", "reason", "path"), BAD.values(), ids=BAD)
def test_an_invalid_object_is_set_aside_with_the_reason(
    observatory: Observatory, key: str, body: bytes, reason: str, path: str
) -> None:
    etag = observatory.put(key, body)
    observatory.deliver(key)
    explanation = json.loads(observatory.body(f"quarantine/{key}.reason.json") or b"")
    assert (explanation["reason"], explanation["path"]) == (reason, path)
    assert (explanation["key"], explanation["etag"], explanation["size"]) == (key, etag.strip('"'), len(body))
    copy = observatory.s3.head_object(Bucket=observatory.bucket, Key=f"quarantine/{key}")
    assert copy["ContentLength"] == len(body)
    assert observatory.body(key) is None


def test_an_object_over_the_limit_is_not_read(observatory: Observatory, key: str) -> None:
    observatory.put(key, b" " * (observatory.task_root.limits.OBJECT_BYTES + 1))
    location = observatory.task_root.notifications.Location(observatory.bucket, key)
    assert observatory.task_root.objects.read(observatory.s3, location).body is None


def test_invalid_objects_do_not_hold_up_the_rest(
    observatory: Observatory, database: Database, key: str
) -> None:
    observatory.put("results/bad.json", b"{")
    observatory.put(key, bench())
    records = [
        {"s3": {"bucket": {"name": observatory.bucket}, "object": {"key": name}}}
        for name in ("results/bad.json", key.replace("%", "%25").replace("+", "%2B").replace(" ", "+"))
    ]
    observatory.task_root.handler.handle({"Records": records}, None)
    assert observatory.samples(database, key) == [100.0, 110.0]


def test_an_invalid_version_leaves_the_results_of_the_valid_one(
    observatory: Observatory, database: Database, key: str
) -> None:
    observatory.take_in(key, bench())
    observatory.take_in(key, b"{}")
    assert observatory.samples(database, key) == [100.0, 110.0]


def test_what_lies_in_quarantine_is_left_alone(observatory: Observatory, lines: Lines) -> None:
    observatory.take_in("quarantine/results/a.json", b"{")
    assert lines()[0]["outcome"] == "skipped: in quarantine"
    assert observatory.body("quarantine/results/a.json") == b"{"


@pytest.mark.parametrize("operation", ["CopyObject", "PutObject", "DeleteObject"])
def test_a_crash_while_setting_aside_loses_nothing(
    observatory: Observatory, key: str, operation: str
) -> None:
    class Crash(BaseException):
        pass

    def crash(**_: Any) -> None:
        raise Crash

    observatory.put(key, b"{")
    s3 = observatory.task_root.handler.S3
    s3.meta.events.register(f"before-call.s3.{operation}", crash)
    try:
        with pytest.raises(Crash):
            observatory.deliver(key)
    finally:
        s3.meta.events.unregister(f"before-call.s3.{operation}", crash)
    assert observatory.body(key) == b"{"
    observatory.deliver(key)
    assert (observatory.body(key), observatory.body(f"quarantine/{key}")) == (None, b"{")


@pytest.mark.parametrize(
    ("operation", "outcome"), [("CopyObject", "stored"), ("DeleteObject", "quarantined")]
)
def test_a_valid_version_that_arrives_while_the_invalid_one_is_set_aside_stays(
    observatory: Observatory, key: str, lines: Lines, operation: str, outcome: str
) -> None:
    def overwrite(**_: Any) -> None:
        s3.meta.events.unregister(f"before-call.s3.{operation}", overwrite)
        observatory.put(key, bench())

    observatory.put(key, b"{")
    s3 = observatory.task_root.handler.S3
    s3.meta.events.register(f"before-call.s3.{operation}", overwrite)
    observatory.deliver(key)
    assert observatory.body(key) == bench()
    assert lines()[0]["outcome"] == outcome


@given(st.text(min_size=1, max_size=1024))
def test_a_quarantined_key_is_never_too_long_for_s3(key: str) -> None:
    name = QUARANTINE.quarantine_key("quarantine/", key) + QUARANTINE.REASON_SUFFIX
    assert len(name.encode()) <= QUARANTINE.LONGEST_KEY_BYTES
