"""From an S3 event to rows in PostgreSQL and messages on the topic."""

import json
import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError
from observatory import LAMBDA_PERF, SAMPLE, Observatory, bench
from task_root import FUNCTIONS

Database = psycopg.Connection[Any]
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """A key of the test's own, with characters that events encode."""
    return f"results/{request.node.name} é+%.json"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("s3-notification", "results/first run é.json"),
        ("eventbridge", "results/first run+é.json"),
        ("sqs", "results/first run+é.json"),
    ],
)
def test_every_shape_of_event_names_the_object(observatory: Observatory, event: str, expected: str) -> None:
    document = json.loads((FUNCTIONS / "aggregate" / "events" / f"{event}.json").read_text())
    notifications = observatory.task_root.notifications
    assert notifications.locations(document) == [notifications.Location("results", expected)]


def test_an_event_of_another_shape_is_an_error(observatory: Observatory) -> None:
    with pytest.raises(KeyError):
        observatory.task_root.handler.handle({"hello": "world"}, None)


def test_raw_samples_go_into_the_database(observatory: Observatory, database: Database, key: str) -> None:
    observatory.take_in(key, bench(cold=(103.5, 99.25, 101.0)))
    assert observatory.samples(database, key) == [103.5, 99.25, 101.0]


def test_a_summary_of_every_series_is_published(observatory: Observatory, key: str) -> None:
    observatory.take_in(key, SAMPLE.read_bytes())
    messages = [
        json.loads(notification["Message"])["summaries"][0] for notification in observatory.published(2)
    ]
    assert {(message["series"]["runtime"], message["cold"]["n"]) for message in messages} == {
        ("swift62_on_provided_al2", 10),
        ("python313", 3),
    }


def test_a_subscription_may_filter_by_series(observatory: Observatory, key: str) -> None:
    observatory.take_in(key, bench(runtime="rust"))
    [notification] = observatory.published(1)
    attributes = {name: value["Value"] for name, value in notification["MessageAttributes"].items()}
    assert attributes == {
        "source": "thaw-bench",
        "runtime": "rust",
        "package": "zip",
        "architecture": "arm64",
    }


@pytest.mark.skipif(not LAMBDA_PERF.is_dir(), reason="the public result files are not here")
def test_a_public_daily_file_is_stored_whole(observatory: Observatory, database: Database, key: str) -> None:
    file = min(LAMBDA_PERF.glob("*.json"))
    observatory.take_in(key, file.read_bytes())
    count = sum(len(entry["i"]) for entry in json.loads(file.read_bytes())["runtimeData"])
    assert len(observatory.samples(database, key)) == count


def test_the_same_object_delivered_twice_counts_once(
    observatory: Observatory, database: Database, key: str, lines: Lines
) -> None:
    observatory.take_in(key, bench())
    observatory.deliver(key)
    assert observatory.samples(database, key) == [100.0, 110.0]
    assert [(line["outcome"], line["revision"]) for line in lines()] == [("stored", 1), ("repeated", 1)]


def test_a_repeated_delivery_is_published_with_the_same_id(observatory: Observatory, key: str) -> None:
    observatory.take_in(key, bench())
    observatory.deliver(key)
    first, second = (
        json.loads(notification["Message"])["summaries"][0] for notification in observatory.published(2)
    )
    assert first == second


def test_a_changed_object_replaces_its_samples(
    observatory: Observatory, database: Database, key: str
) -> None:
    observatory.take_in(key, bench(cold=(1.0, 2.0, 3.0)))
    observatory.take_in(key, bench(cold=(9.0,)))
    assert observatory.samples(database, key) == [9.0]


def test_a_late_older_event_changes_nothing(
    observatory: Observatory, database: Database, key: str, lines: Lines
) -> None:
    observatory.put(key, bench(cold=(1.0,)))
    observatory.put(key, bench(cold=(2.0,)))
    for _ in ("the newer event", "the older event, late"):
        observatory.deliver(key)
    assert observatory.samples(database, key) == [2.0]
    assert [line["revision"] for line in lines()] == [1, 1]


def test_a_withdrawn_result_is_announced(observatory: Observatory, key: str) -> None:
    observatory.take_in(key, bench(runtime="misnamed"))
    observatory.take_in(key, bench(runtime="named"))
    messages = [
        json.loads(notification["Message"])["summaries"][0] for notification in observatory.published(3)
    ]
    withdrawn = [(m["series"]["runtime"], m["revision"]) for m in messages if m["withdrawn"]]
    assert withdrawn == [("misnamed", 2)]


def test_an_object_that_changes_while_it_is_read_counts_with_its_newest_content(
    observatory: Observatory, database: Database, key: str
) -> None:
    later = [bench(cold=(3.0,)), bench(cold=(2.0,))]

    def overwrite(**_: Any) -> None:
        if later:
            observatory.put(key, later.pop())

    s3 = observatory.task_root.handler.S3
    s3.meta.events.register("after-call.s3.GetObject", overwrite)
    try:
        observatory.take_in(key, bench(cold=(1.0,)))
    finally:
        s3.meta.events.unregister("after-call.s3.GetObject", overwrite)
    assert observatory.samples(database, key) == [3.0]


def test_concurrent_deliveries_of_one_object_count_once(
    observatory: Observatory, database: Database, key: str, lines: Lines
) -> None:
    observatory.put(key, SAMPLE.read_bytes())
    environments = [observatory.execution_environment() for _ in range(3)]
    start = threading.Barrier(len(environments))

    def deliver(task_root: Any) -> None:
        start.wait()
        task_root.handler.handle(observatory.event(key), None)
        task_root.handler.DATABASE.close()

    threads = [threading.Thread(target=deliver, args=[environment]) for environment in environments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(observatory.samples(database, key)) == 13
    assert sorted(line["outcome"] for line in lines()) == ["repeated", "repeated", "stored"]


def test_a_crash_between_commit_and_publication_loses_nothing(observatory: Observatory, key: str) -> None:
    observatory.sns.delete_topic(TopicArn=observatory.topic)
    try:
        with pytest.raises(ClientError):
            observatory.take_in(key, bench())
    finally:
        observatory.make_topic()
    observatory.deliver(key)
    assert len(observatory.published(1)) == 1


def test_a_database_that_is_down_fails_the_invocation_and_loses_nothing(
    observatory: Observatory, database: Database, key: str
) -> None:
    observatory.cloud.postgres.stop()
    try:
        with pytest.raises(psycopg.OperationalError):
            observatory.take_in(key, bench())
    finally:
        observatory.cloud.postgres.start()
    observatory.deliver(key)
    with psycopg.connect(observatory.cloud.postgres.dsn) as again:
        assert observatory.samples(again, key) == [100.0, 110.0]


def test_an_object_that_is_gone_is_skipped(observatory: Observatory, key: str, lines: Lines) -> None:
    observatory.deliver(key)
    assert lines()[0]["outcome"] == "skipped: no such object any more"
