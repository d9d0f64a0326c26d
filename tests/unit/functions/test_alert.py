"""From summaries on the topic to alerts in the table, in any order."""

import json
import math
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
from task_root import FUNCTIONS, TaskRoot

from thaw_cli.local.cloud import Cloud

alert = TaskRoot("alert")
Statistics, Summary, Thresholds = alert.summary.Statistics, alert.summary.Summary, alert.regression.Thresholds
THRESHOLDS = Thresholds(ratio=1.10, sigmas=3)


def message(
    day: int,
    mean: float = 100.0,
    *,
    runtime: str = "python",
    revision: int = 1,
    withdrawn: bool = False,
    conditions: dict[str, Any] | None = None,
    cold: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A summary as the topic carries it."""
    return {
        "format": "thaw-summary/1",
        "id": f"id-{day}",
        "revision": revision,
        "withdrawn": withdrawn,
        "series": {
            "source": "thaw-bench",
            "runtime": runtime,
            "package": "zip",
            "memory_mb": 512,
            "architecture": "arm64",
        },
        "display": "Python",
        "measured_at": f"2026-08-{day:02}T14:00:43.000000Z",
        "conditions": conditions or {},
        "cold": cold or {"n": 10, "mean_ms": mean, "sd_ms": 2.0},
    }


def event(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"Records": [{"Sns": {"Message": json.dumps(message)}} for message in messages]}


@pytest.mark.parametrize(
    ("previous", "current", "expected"),
    [
        (Statistics(10, 100, 2), Statistics(10, 111, 2), True),
        (Statistics(10, 100, 2), Statistics(10, 110, 2), False),  # not more than the ratio
        (Statistics(10, 100, 2), Statistics(10, 90, 2), False),  # faster
        (Statistics(10, 100, 30), Statistics(10, 120, 30), False),  # 20 ms are fewer than 3 errors of 13 ms
        (Statistics(1000, 100, 30), Statistics(1000, 120, 30), True),  # the same spread, better known
        (Statistics(10, 100, 0), Statistics(10, 111, 0), True),
        (Statistics(1, 100, None), Statistics(10, 500, 2), False),  # one sample tells nothing of the spread
        (Statistics(10, 100, 2), Statistics(1, 500, None), False),
    ],
)
def test_a_regression_exceeds_both_the_ratio_and_the_standard_errors(
    previous: Any, current: Any, expected: object
) -> None:
    assert alert.regression.is_regression(previous, current, THRESHOLDS) is expected


@given(st.integers(2, 1000), st.floats(0, 1e4), st.integers(2, 1000), st.floats(0, 1e4))
def test_the_standard_error_is_welchs(n: int, sd: float, m: int, other: float) -> None:
    expected = math.hypot(sd / math.sqrt(n), other / math.sqrt(m))
    found = alert.regression.standard_error(Statistics(n, 1, sd), Statistics(m, 1, other))
    assert math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-150)


def test_an_alert_reads_as_a_sentence() -> None:
    before, after = (
        Summary.from_message(json.dumps(message(day, mean))) for day, mean in ((18, 100.0), (19, 131.0))
    )
    assert alert.regression.judge(before, after, THRESHOLDS)["message"] == (
        "Python (zip, 512 MB, arm64, thaw-bench): cold start 131.0 ms on 2026-08-19, 1.31 times the 100.0 ms on"
        " 2026-08-18 (sd 2.0 and 2.0 ms, n 10 and 10)"
    )


def test_an_alert_names_the_conditions_that_changed() -> None:
    before = Summary.from_message(json.dumps(message(18, conditions={"cpus": 2, "kernel": "6.1", "ssd": 1})))
    after = Summary.from_message(json.dumps(message(19, 200.0, conditions={"cpus": 2, "kernel": "6.8"})))
    changed = alert.regression.judge(before, after, THRESHOLDS)["changed_conditions"]
    assert changed == ["kernel: 6.1 -> 6.8", "ssd: 1 -> absent"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        json.dumps(message(18) | {"format": "thaw-summary/2"}),
        json.dumps(message(18) | {"measured_at": "2026-08-18"}),
        json.dumps(message(18) | {"cold": None}),
        json.dumps(message(18) | {"series": {}}),
        json.dumps(message(18) | {"revision": "new"}),
    ],
)
def test_a_message_that_is_no_summary_is_an_error(text: str) -> None:
    with pytest.raises(alert.summary.MessageError):
        Summary.from_message(text)


def test_the_messages_of_aggregate_are_understood() -> None:
    document = json.loads((FUNCTIONS / "alert" / "events" / "sns.json").read_text())
    summary = Summary.from_message(document["Records"][0]["Sns"]["Message"])
    assert (summary.series, summary.measured_at, summary.cold) == (
        "lambda-perf/python313/zip/128/arm64",
        "2026-08-18T14:00:43.289000Z",
        Statistics(10, 101.25, 4.5),
    )


@given(st.text(max_size=5), st.text(max_size=5), st.sampled_from(["zip", "image"]))
def test_two_series_never_share_a_key(one: str, other: str, package: str) -> None:
    series = message(18)["series"]
    keys = {
        alert.summary.series_key(series | {"runtime": one, "package": package}),
        alert.summary.series_key(series | {"runtime": other, "package": "zip"}),
    }
    assert len(keys) == len({(one, package), (other, "zip")})


@given(st.floats(1e-6, 900_000), st.floats(0, 1e6), st.integers(2, 10**6))
def test_an_item_of_the_table_gives_the_summary_back(mean: float, sd: float, n: int) -> None:
    summary = Summary.from_message(json.dumps(message(18, cold={"n": n, "mean_ms": mean, "sd_ms": sd})))
    assert Summary.from_item(summary.item()) == summary


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
        for message in share:
            alerts.add(Summary.from_message(json.dumps(renamed(message, runtime))))

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


def test_a_bad_message_fails_the_invocation(table: Table) -> None:
    handler = TaskRoot("alert", table.environment).handler
    with pytest.raises(Exception, match="not a thaw-summary/1 message"):
        handler.handle({"Records": [{"Sns": {"Message": "hello"}}]}, None)
