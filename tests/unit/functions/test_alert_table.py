"""From summaries on the topic to alerts in the table, in any order."""

import json
import random
import threading
import uuid
from collections.abc import Sequence
from decimal import Decimal
from itertools import permutations
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messages import event, message
from task_root import FUNCTIONS, TaskRoot

from thaw_cli.local.cloud import Cloud

alert = TaskRoot("alert")
Summary = alert.summary.Summary
THRESHOLDS = alert.regression.Thresholds(ratio=1.10, sigmas=3)


class Table:
    """A real alerts table, a fresh part of it for every use."""

    def __init__(self, cloud: Cloud) -> None:
        name = f"alerts-{uuid.uuid4().hex}"
        cloud.aws.client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "series", "KeyType": "HASH"},
                {"AttributeName": "item", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "series", "AttributeType": "S"},
                {"AttributeName": "item", "AttributeType": "S"},
            ],
        )
        self._aws, self._name = cloud.aws, name
        self.environment = cloud.aws.variables() | {
            "ALERTS_TABLE": name,
            "REGRESSION_RATIO": "1.10",
            "REGRESSION_SIGMAS": "3",
        }
        self.resource = self.connect()

    def connect(self) -> Any:
        session = boto3.Session("000000000000", "local", region_name=self._aws.region)
        return session.resource("dynamodb", endpoint_url=self._aws.endpoint).Table(self._name)

    def items(self, series: str) -> list[dict[str, Any]]:
        key = boto3.dynamodb.conditions.Key("series").eq(series)
        items: list[dict[str, Any]] = self.resource.query(KeyConditionExpression=key)["Items"]
        return items

    def take_in(self, messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Deliver messages to a series of their own and give what the table then holds of it."""
        runtime = uuid.uuid4().hex
        summaries = [Summary.from_message(json.dumps(renamed(message, runtime))) for message in messages]
        alerts = alert.table.AlertsTable(self.resource, THRESHOLDS)
        for summary in summaries:
            alerts.add(summary)
        return self.items(summaries[0].series)


def renamed(message: dict[str, Any], runtime: str) -> dict[str, Any]:
    return message | {"series": message["series"] | {"runtime": runtime}}


@pytest.fixture(scope="module")
def table(cloud: Cloud) -> Table:
    return Table(cloud)


def queued(*bodies: str) -> dict[str, Any]:
    """An SQS event."""
    return {
        "Records": [
            {"messageId": f"message-{number}", "eventSource": "aws:sqs", "body": body}
            for number, body in enumerate(bodies)
        ]
    }


def alerted(items: Sequence[dict[str, Any]]) -> list[str]:
    """The days for which there are alerts."""
    return [item["item"][14:16] for item in items if item["item"].startswith("alert#")]


def without_series(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What does not depend on the name that the series has in a test."""
    varying = {"series", "id"}
    return [{name: value for name, value in item.items() if name not in varying} for item in items]


def test_an_alert_is_raised_exactly_for_the_regressions(table: Table) -> None:
    days = [message(18, 100), message(19, 150), message(20, 151), message(21, 100), message(22, 130)]
    assert alerted(table.take_in(days)) == ["19", "22"]


def test_an_alert_holds_what_it_compares(table: Table) -> None:
    raised, *_ = table.take_in([message(18, 100), message(19, 150)])
    assert raised["item"] == "alert#2026-08-19T14:00:43.000000Z#id-19"
    assert (raised["ratio"], raised["cold"], raised["previous_cold"]) == (
        Decimal("1.5"),
        {"n": 10, "mean_ms": Decimal(150), "sd_ms": Decimal(2)},
        {"n": 10, "mean_ms": Decimal(100), "sd_ms": Decimal(2)},
    )


def test_every_order_of_delivery_ends_in_the_same_table(table: Table) -> None:
    days = [message(18, 100), message(19, 150), message(20, 100), message(21, 130)]
    ends = [without_series(table.take_in(order)) for order in permutations(days)]
    assert ends == ends[:1] * len(ends)
    assert alerted(ends[0]) == ["19", "21"]


SERIES = st.lists(
    st.builds(
        message,
        st.integers(1, 6),
        st.sampled_from([100.0, 105.0, 120.0, 150.0]),
        revision=st.integers(1, 3),
        withdrawn=st.booleans(),
        conditions=st.dictionaries(st.sampled_from("ab"), st.integers(0, 1), max_size=1),
    ),
    min_size=2,
    max_size=7,
    unique_by=lambda message: (message["id"], message["revision"]),
)


@settings(max_examples=15, deadline=None)
@given(messages=SERIES, seed=st.randoms(use_true_random=False))
def test_the_order_never_matters(table: Table, messages: list[dict[str, Any]], seed: random.Random) -> None:
    shuffled = seed.sample(messages, len(messages)) + seed.sample(messages, 1)
    newest_last = sorted(messages, key=lambda message: (message["measured_at"], message["revision"]))
    assert without_series(table.take_in(shuffled)) == without_series(table.take_in(newest_last))


def test_overlapping_deliveries_end_in_the_same_table(table: Table) -> None:
    messages = [message(day, 100 + 40 * (day % 3)) for day in range(1, 13)]
    runtime, start = uuid.uuid4().hex, threading.Barrier(4)

    def deliver(share: list[dict[str, Any]]) -> None:
        alerts = alert.table.AlertsTable(table.connect(), THRESHOLDS)
        start.wait()
        for one in share:
            alerts.add(Summary.from_message(json.dumps(renamed(one, runtime))))

    threads = [threading.Thread(target=deliver, args=[messages[n::4]]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = table.items(f"thaw-bench/{runtime}/zip/512/arm64")
    assert without_series(found) == without_series(table.take_in(messages))


def test_a_neighbour_that_arrives_while_a_result_is_judged_is_seen(table: Table) -> None:
    """The window between reading the neighbours and writing the alert, held open."""
    runtime = uuid.uuid4().hex
    first, middle, last = (
        Summary.from_message(json.dumps(renamed(message(day, mean), runtime)))
        for day, mean in ((18, 100), (19, 150), (20, 150))
    )
    slow = alert.table.AlertsTable(table.connect(), THRESHOLDS)
    slow.add(first)
    write = slow._write

    def write_late(*arguments: Any) -> str:
        slow._write = write
        alert.table.AlertsTable(table.resource, THRESHOLDS).add(middle)
        return str(write(*arguments))

    slow._write = write_late
    slow.add(last)
    assert alerted(table.items(first.series)) == ["19"]


def test_a_withdrawn_result_takes_its_alert_along(table: Table) -> None:
    days = [message(18, 100), message(19, 150), message(19, revision=2, withdrawn=True)]
    assert alerted(table.take_in(days)) == []


def test_what_follows_a_withdrawn_result_is_compared_with_what_precedes_it(table: Table) -> None:
    days = [message(18, 100), message(19, 200), message(20, 200), message(19, revision=2, withdrawn=True)]
    assert alerted(table.take_in(days)) == ["20"]


def test_an_older_revision_that_arrives_late_changes_nothing(table: Table) -> None:
    days = [message(18, 100), message(19, 100, revision=2), message(19, 150, revision=1)]
    assert alerted(table.take_in(days)) == []


def test_an_unchanged_alert_is_not_written_again(table: Table, capsys: pytest.CaptureFixture[str]) -> None:
    handler = TaskRoot("alert", table.environment).handler
    runtime = uuid.uuid4().hex
    days = [renamed(message(day, mean), runtime) for day, mean in ((18, 100), (19, 150))]
    handler.handle(event(*days, *days), None)
    changes = [json.loads(line)["changes"] for line in capsys.readouterr().out.splitlines()]
    assert [len(change) for change in changes] == [0, 1, 0, 0]


def test_the_example_event_is_taken_in(table: Table) -> None:
    document = json.loads((FUNCTIONS / "alert" / "events" / "sns.json").read_text())
    TaskRoot("alert", table.environment).handler.handle(document, None)
    [item] = table.items("lambda-perf/python313/zip/128/arm64")
    assert item["item"].startswith("summary#2026-08-18T14:00:43.289000Z#")


def test_every_read_is_strongly_consistent(table: Table) -> None:
    """The rule rests on it, and the local cloud is always consistent."""
    connection, consistent = table.connect(), []
    connection.meta.client.meta.events.register(
        "provide-client-params.dynamodb.Query",
        lambda params, **_: consistent.append(params["ConsistentRead"]),
    )
    alerts = alert.table.AlertsTable(connection, THRESHOLDS)
    for day, mean in ((18, 100), (19, 150)):
        alerts.add(Summary.from_message(json.dumps(renamed(message(day, mean), uuid.uuid4().hex))))
    assert consistent == [True] * len(consistent) != []


@pytest.mark.parametrize("enveloped", [False, True], ids=["raw", "in an envelope"])
def test_a_queue_may_stand_between_the_topic_and_the_function(table: Table, enveloped: object) -> None:
    handler = TaskRoot("alert", table.environment).handler
    runtime = uuid.uuid4().hex
    texts = [json.dumps(renamed(message(day, mean), runtime)) for day, mean in ((18, 100), (19, 150))]
    bodies = [json.dumps({"Type": "Notification", "Message": text}) if enveloped else text for text in texts]
    assert handler.handle(queued(*bodies), None) == {"batchItemFailures": []}
    assert alerted(table.items(f"thaw-bench/{runtime}/zip/512/arm64")) == ["19"]


@pytest.mark.parametrize("bad", ["hello", "[]", "{}"])
def test_a_bad_message_in_a_queue_does_not_hold_up_the_rest(table: Table, bad: str) -> None:
    handler = TaskRoot("alert", table.environment).handler
    runtime = uuid.uuid4().hex
    texts = [json.dumps(renamed(message(day), runtime)) for day in (18, 19)]
    answer = handler.handle(queued(texts[0], bad, texts[1]), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert len(table.items(f"thaw-bench/{runtime}/zip/512/arm64")) == 2


def test_a_bad_message_fails_the_invocation(table: Table) -> None:
    handler = TaskRoot("alert", table.environment).handler
    with pytest.raises(Exception, match="not a thaw-summary/1 message"):
        handler.handle({"Records": [{"Sns": {"Message": "hello"}}]}, None)
