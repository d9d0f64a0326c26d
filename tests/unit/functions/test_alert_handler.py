"""The function ``alert`` from the events that it gets to what it answers and logs."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from alerts_table import Table, alerted, renamed, series
from messages import event, message, together
from task_root import FUNCTIONS, TaskRoot

from thaw_cli.local.cloud import Cloud


@pytest.fixture(scope="module")
def table(cloud: Cloud) -> Table:
    return Table(cloud)


@pytest.fixture(scope="module")
def handler(table: Table) -> Any:
    root = TaskRoot("alert", table.environment)
    root.table.PAUSE_SECONDS = 0
    return root.handler


def queued(*bodies: str) -> dict[str, Any]:
    """An SQS event."""
    return {
        "Records": [
            {"messageId": f"message-{number}", "eventSource": "aws:sqs", "body": body}
            for number, body in enumerate(bodies)
        ]
    }


def texts(runtime: str, *results: tuple[int, float]) -> list[str]:
    return [together(renamed(message(day, mean), runtime)) for day, mean in results]


def test_an_unchanged_alert_is_not_written_again(
    handler: Any, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    runtime = uuid.uuid4().hex
    days = [renamed(message(day, mean), runtime) for day, mean in ((18, 100), (19, 150))]
    for _ in range(2):
        handler.handle(event(*days), None)
    assert [sorted(line) for line in lines()] == [
        ["message", "raised"],
        ["failed", "messages", "series"],
        ["failed", "messages", "series"],
    ]


def test_the_example_event_is_taken_in(handler: Any, table: Table) -> None:
    document = json.loads((FUNCTIONS / "alert" / "events" / "sns.json").read_text())
    handler.handle(document, None)
    [item] = table.items("lambda-perf/python313/zip/128/arm64")
    assert (item["item"], item["results"]) == ("history", 1)


@pytest.mark.parametrize("enveloped", [False, True], ids=["raw", "in an envelope"])
def test_a_queue_may_stand_between_the_topic_and_the_function(
    handler: Any, table: Table, enveloped: object
) -> None:
    runtime = uuid.uuid4().hex
    bodies = texts(runtime, (18, 100), (19, 150))
    if enveloped:
        bodies = [json.dumps({"Type": "Notification", "Message": text}) for text in bodies]
    assert handler.handle(queued(*bodies), None) == {"batchItemFailures": []}
    assert alerted(table.items(series(runtime))) == ["19"]


@pytest.mark.parametrize("bad", ["hello", "[]", "{}"])
def test_a_bad_message_in_a_queue_does_not_hold_up_the_rest(handler: Any, table: Table, bad: str) -> None:
    runtime = uuid.uuid4().hex
    first, last = texts(runtime, (18, 100), (19, 100))
    assert handler.handle(queued(first, bad, last), None) == {
        "batchItemFailures": [{"itemIdentifier": "message-1"}]
    }
    assert [item["results"] for item in table.items(series(runtime))] == [2]


def test_the_messages_of_a_series_that_could_not_be_settled_are_given_back(
    handler: Any, table: Table
) -> None:
    runtime, calm = uuid.uuid4().hex, uuid.uuid4().hex
    [first, last], [other] = texts(runtime, (28, 100), (29, 100)), texts(calm, (28, 100))
    with table.contested(handler.ALERTS._dynamodb, runtime):
        answer = handler.handle(queued(first, other, last), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-0"}, {"itemIdentifier": "message-2"}]}


def test_a_message_of_sns_that_could_not_be_settled_fails_the_invocation(handler: Any, table: Table) -> None:
    runtime = uuid.uuid4().hex
    with (
        table.contested(handler.ALERTS._dynamodb, runtime),
        pytest.raises(Exception, match="not written: ConditionalCheckFailed"),
    ):
        handler.handle(event(renamed(message(28), runtime)), None)


def test_a_bad_message_fails_the_invocation(handler: Any) -> None:
    with pytest.raises(Exception, match="not a thaw-summaries/1 message"):
        handler.handle({"Records": [{"Sns": {"Message": "hello"}}]}, None)
