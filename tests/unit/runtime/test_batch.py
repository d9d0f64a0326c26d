"""Partial batch failures: which records are tried, which are reported, and what is said of them."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from thaw_runtime.batch import BatchFailedError, NotABatchError, process

QUEUE = "arn:aws:sqs:eu-north-1:000000000000:work"
# What becomes of each record of a batch: it succeeds or not.
OUTCOMES = st.lists(st.booleans(), min_size=1, max_size=12)

Make = Callable[[int], dict[str, Any]]


def message(number: int) -> dict[str, Any]:
    return {
        "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE,
        "messageId": f"m{number}",
        "body": "kept secret",
        "number": number,
    }


def ordered(number: int) -> dict[str, Any]:
    return message(number) | {"eventSourceARN": f"{QUEUE}.fifo"}


def change(number: int) -> dict[str, Any]:
    return {"eventSource": "aws:dynamodb", "dynamodb": {"SequenceNumber": f"s{number}"}, "number": number}


def shard_record(number: int) -> dict[str, Any]:
    return {"eventSource": "aws:kinesis", "kinesis": {"sequenceNumber": f"s{number}"}, "number": number}


def run(make: Make, outcomes: list[bool]) -> tuple[list[int], list[str]]:
    """Which records were tried, and which Lambda is told of."""
    tried: list[int] = []

    def one_record(record: Mapping[str, Any]) -> None:
        tried.append(record["number"])
        if not outcomes[record["number"]]:
            raise RuntimeError("no luck")

    response = process({"Records": [make(number) for number in range(len(outcomes))]}, one_record)
    return tried, [each["itemIdentifier"] for each in response["batchItemFailures"]]


@given(OUTCOMES.filter(any))
def test_every_message_of_a_queue_is_tried_and_exactly_the_failed_ones_are_reported(
    outcomes: list[bool],
) -> None:
    tried, failed = run(message, outcomes)
    assert tried == list(range(len(outcomes)))
    assert failed == [f"m{number}" for number, succeeded in enumerate(outcomes) if not succeeded]


@given(OUTCOMES.filter(lambda outcomes: outcomes[0]))
def test_of_a_fifo_queue_nothing_is_tried_after_a_failure_and_all_the_rest_is_reported(
    outcomes: list[bool],
) -> None:
    tried, failed = run(ordered, outcomes)
    first = outcomes.index(False) if False in outcomes else len(outcomes)
    assert tried == list(range(min(first + 1, len(outcomes))))
    assert failed == [f"m{number}" for number in range(first, len(outcomes))]


@pytest.mark.parametrize("make", [change, shard_record])
@given(outcomes=OUTCOMES.filter(lambda outcomes: outcomes[0]))
def test_a_stream_goes_on_from_the_first_failure(make: Make, outcomes: list[bool]) -> None:
    tried, failed = run(make, outcomes)
    first = outcomes.index(False) if False in outcomes else None
    assert failed == ([] if first is None else [f"s{first}"])
    assert len(tried) == (len(outcomes) if first is None else first + 1)


@pytest.mark.parametrize("make", [message, ordered, change, shard_record])
@given(size=st.integers(1, 5))
def test_a_batch_of_which_nothing_succeeded_fails_as_a_whole(make: Make, size: int) -> None:
    with pytest.raises(BatchFailedError, match=f"none of {size} records succeeded") as caught:
        run(make, [False] * size)
    assert str(caught.value.__cause__) == "no luck"


def test_two_records_of_the_same_name_are_both_reported_where_both_failed() -> None:
    records = [message(0), message(1) | {"messageId": "m0"}, message(2)]

    def all_but_the_last(record: Mapping[str, Any]) -> None:
        if record["number"] != 2:
            raise RuntimeError

    assert process({"Records": records}, all_but_the_last) == {
        "batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m0"}]
    }


def test_an_empty_batch_is_a_success() -> None:
    assert process({"Records": []}, print) == {"batchItemFailures": []}


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Records": None},
        {"Records": [{"eventSource": "aws:s3"}]},
        {"Records": [{"EventSource": "aws:sns"}]},
    ],
)
def test_what_is_no_batch_is_refused_before_anything_is_tried(event: dict[str, Any]) -> None:
    def never(_record: object) -> None:
        raise AssertionError

    with pytest.raises(NotABatchError):
        process(event, never)


def test_a_failure_is_logged_with_the_records_id_and_the_traceback_but_not_its_content(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(message, [True, False])
    out = capsys.readouterr().out
    assert "[ERROR] RuntimeError: record m1: no luck" in out
    assert "kept secret" not in out


def test_the_traceback_begins_in_the_handler(capsys: pytest.CaptureFixture[str]) -> None:
    run(message, [True, False])
    out = capsys.readouterr().out
    assert "in one_record" in out
    assert "thaw_runtime" not in out


def test_what_ends_the_process_is_no_failure_of_a_record() -> None:
    def leave(_record: object) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        process({"Records": [message(0), message(1)]}, leave)
