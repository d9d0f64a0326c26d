"""From summaries to alerts in a real table, in any order and with others at work."""

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from alerts_table import Table, alert, alerted, comparable, series, summaries
from hypothesis import given, settings
from hypothesis import strategies as st
from messages import MESSAGES, message, split

from thaw_cli.local.cloud import Cloud


@pytest.fixture(scope="module")
def table(cloud: Cloud) -> Table:
    return Table(cloud)


def calls(client: Any) -> Counter[str]:
    """Count what a client asks of DynamoDB from now on."""
    counter: Counter[str] = Counter()
    client.meta.events.register("before-call.dynamodb", lambda model, **_: counter.update([model.name]))
    return counter


def before_write(client: Any, action: Callable[[], object]) -> None:
    """Let something happen once between reading and writing."""
    name = "before-call.dynamodb.TransactWriteItems"

    def act(**_: object) -> None:
        client.meta.events.unregister(name, act)
        action()

    client.meta.events.register(name, act)


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
    ends = [comparable(table.take_in(*([day] for day in order))) for order in permutations(days)]
    assert ends == ends[:1] * len(ends)
    assert alerted(ends[0]) == ["19", "21"]


@settings(max_examples=15, deadline=None)
@given(messages=MESSAGES, chance=st.randoms(use_true_random=False))
def test_neither_order_nor_grouping_nor_repetition_matters(
    table: Table, messages: list[dict[str, Any]], chance: random.Random
) -> None:
    assert comparable(table.take_in(*split(messages, chance))) == comparable(table.take_in(messages))


def test_overlapping_deliveries_end_in_the_same_table(table: Table) -> None:
    messages = [message(day, 100 + 40 * (day % 3)) for day in range(1, 13)]
    runtime, start = uuid.uuid4().hex, threading.Barrier(4)
    unsettled: list[str] = []

    def deliver(share: list[dict[str, Any]]) -> None:
        function = table.function(table.connect())
        start.wait()
        for one in share:
            unsettled.extend(function.add(summaries([one], runtime)).unsettled)

    threads = [threading.Thread(target=deliver, args=[messages[n::4]]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert unsettled == []
    assert comparable(table.items(series(runtime))) == comparable(table.take_in(messages))


@pytest.mark.parametrize("known", [False, True], ids=["a new series", "a known series"])
def test_a_neighbour_that_arrives_between_reading_and_writing_is_seen(table: Table, known: object) -> None:
    runtime, slow = uuid.uuid4().hex, table.connect()
    first, middle, last = ([message(day, mean)] for day, mean in ((18, 100), (19, 150), (20, 150)))
    before, meanwhile = (first, middle) if known else ([], first + middle)
    table.function().add(summaries(before, runtime))
    before_write(slow, lambda: table.function().add(summaries(meanwhile, runtime)))
    table.function(slow).add(summaries(last, runtime))
    assert alerted(table.items(series(runtime))) == ["19"]


def test_a_series_that_others_write_to_all_the_time_is_given_back(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert.table, "PAUSE_SECONDS", 0)
    runtime, calm, slow = uuid.uuid4().hex, uuid.uuid4().hex, table.connect()
    batch = summaries([message(28)], runtime) + summaries([message(28)], calm)
    with table.contested(slow, runtime):
        outcome = table.function(slow).add(batch)
    assert outcome.unsettled == {series(runtime): "not written: ConditionalCheckFailed"}
    assert [each.history.series for each in outcome.settled] == [series(calm)]
    assert len(table.items(series(calm))) == 1


def test_what_dynamodb_leaves_out_is_read_again(table: Table) -> None:
    """The local cloud leaves nothing out, so that one answer of it is changed on its way."""
    runtimes, client = [uuid.uuid4().hex for _ in range(3)], table.connect()
    for runtime in runtimes:
        table.function().add(summaries([message(18, 100)], runtime))
    name = "after-call.dynamodb.BatchGetItem"

    def leave_out(parsed: dict[str, Any], **_: object) -> None:
        client.meta.events.unregister(name, leave_out)
        left = parsed["Responses"][table.name].pop()
        key = {each: left[each] for each in ("series", "item")}
        parsed["UnprocessedKeys"] = {table.name: {"Keys": [key], "ConsistentRead": True}}

    client.meta.events.register(name, leave_out)
    written: list[int] = []
    client.meta.events.register(
        "provide-client-params.dynamodb.TransactWriteItems",
        lambda params, **_: written.append(len(params["TransactItems"])),
    )
    table.function(client).add(
        [each for runtime in runtimes for each in summaries([message(19, 150)], runtime)]
    )
    assert [alerted(table.items(series(runtime))) for runtime in runtimes] == [["19"]] * 3
    assert written == [4, 2], "a history and an alert for each of two series, then for the one left out"


@pytest.mark.parametrize(
    ("mean", "expected"),
    [
        (100, {"BatchGetItem": 1, "TransactWriteItems": 1}),
        (150, {"BatchGetItem": 1, "TransactWriteItems": 2}),
    ],
    ids=["none of them an alert", "all of them alerts"],
)
def test_a_batch_of_a_hundred_series_takes_at_most_three_calls(
    table: Table, mean: float, expected: dict[str, int]
) -> None:
    runtimes, client = [uuid.uuid4().hex for _ in range(100)], table.connect()
    for day, cold in ((18, 100), (19, mean)):
        counter = calls(client)
        batch = [each for runtime in runtimes for each in summaries([message(day, cold)], runtime)]
        assert table.function(client).add(batch).unsettled == {}
    assert counter == expected


def test_a_repeated_batch_is_read_and_nothing_else(table: Table) -> None:
    runtime, client = uuid.uuid4().hex, table.connect()
    days = summaries([message(18, 100), message(19, 150)], runtime)
    table.function().add(days)
    counter = calls(client)
    table.function(client).add(days)
    assert counter == {"BatchGetItem": 1}


def test_every_read_is_strongly_consistent(table: Table) -> None:
    """A stale history would only cost another round; but the local cloud is always consistent."""
    client, consistent = table.connect(), []
    client.meta.events.register(
        "provide-client-params.dynamodb.BatchGetItem",
        lambda params, **_: consistent.append(params["RequestItems"][table.name]["ConsistentRead"]),
    )
    for day in (18, 19):
        table.function(client).add(summaries([message(day)], uuid.uuid4().hex))
    assert consistent == [True, True]


def test_a_withdrawn_result_takes_its_alert_along(table: Table) -> None:
    days = [message(18, 100), message(19, 150)], [message(19, revision=2, withdrawn=True)]
    assert alerted(table.take_in(*days)) == []


def test_what_follows_a_withdrawn_result_is_compared_with_what_precedes_it(table: Table) -> None:
    days = [message(18, 100), message(19, 200), message(20, 200)], [message(19, revision=2, withdrawn=True)]
    assert alerted(table.take_in(*days)) == ["20"]


def test_an_older_revision_that_arrives_late_changes_nothing(table: Table) -> None:
    days = [message(18, 100), message(19, 100, revision=2)], [message(19, 150, revision=1)]
    assert alerted(table.take_in(*days)) == []
