"""Partial batch failures: what succeeded of a batch is not repeated, what failed is.

For handlers, which import it: ``from thaw_runtime import batch``. The runtime itself does not, so that it is on no cold
start's bill.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, TypedDict

    class ItemFailure(TypedDict):
        """One record that failed."""

        itemIdentifier: str

    class BatchResponse(TypedDict):
        """Lambda's form of a partial batch failure; empty when everything succeeded."""

        batchItemFailures: list[ItemFailure]


class BatchFailedError(Exception):
    """Nothing of a batch succeeded.

    Raised instead of an answer, so that the invocation counts as failed in metrics and alarms, Lambda takes fewer batches
    from a queue for a while, and a stream's batch is halved until the record at fault stands alone. What is repeated is
    the same either way: everything.
    """


class NotABatchError(ValueError):
    """The event comes from a source whose failures cannot be reported one by one."""


def process(
    event: "Mapping[str, Any]", one_record: "Callable[[Mapping[str, Any]], object]"
) -> "BatchResponse":
    """Calls ``one_record`` with each record of an event, and tells Lambda which failed.

    A record fails when ``one_record`` raises an ``Exception``; its result does not matter. Each failure is written to the
    log with the record's id and the traceback, but without the record.

    Of a standard queue every record is tried. Of a FIFO queue and of a stream, whose order counts, none is tried after
    the first that failed: a queue gets back that one and all after it, a stream goes on from that one.

    Args:
        event: what an SQS queue, a DynamoDB stream or a Kinesis stream invokes a function with. The trigger has to heed the
            answer (``ReportBatchItemFailures``); the triggers of this project do.
        one_record: handles one record. It has to bear being called again with the same record.

    Returns:
        what the handler returns.

    Raises:
        BatchFailedError: no record succeeded; caused by the first one's error.
        NotABatchError: the event is of another kind.
    """
    records = event.get("Records")
    if not isinstance(records, list):
        raise NotABatchError("the event has no list of Records")
    names = [_identifier(record) for record in records]
    in_order = bool(records) and _keeps_order(records[0])
    failed = _failures(records, names, one_record, in_order=in_order)
    if in_order and failed and records[0]["eventSource"] == "aws:sqs":
        failed = [*range(failed[0], len(records))]
    return {"batchItemFailures": [{"itemIdentifier": names[index]} for index in failed]}


def _failures(
    records: "Sequence[Mapping[str, Any]]",
    names: "Sequence[str]",
    one_record: "Callable[[Mapping[str, Any]], object]",
    *,
    in_order: bool,
) -> list[int]:
    """Where the records are that failed, up to the first where order counts."""
    failed: list[int] = []
    errors: list[Exception] = []
    succeeded = False
    for index, record in enumerate(records):
        try:
            one_record(record)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises fails its record, and no other
            _log(error, names[index])
            failed.append(index)
            errors.append(error)
            if in_order:
                break
        else:
            succeeded = True
    if errors and not succeeded:
        raise BatchFailedError(f"none of {len(records)} records succeeded") from errors[0]
    return failed


def _identifier(record: "Mapping[str, Any]") -> str:
    """What Lambda knows a record by."""
    source = record.get("eventSource")
    if source == "aws:sqs":
        return str(record["messageId"])
    if source == "aws:dynamodb":
        return str(record["dynamodb"]["SequenceNumber"])
    if source == "aws:kinesis":
        return str(record["kinesis"]["sequenceNumber"])
    raise NotABatchError(
        f"records of {source} cannot fail one by one; only SQS and streams are told of failures"
    )


def _keeps_order(record: "Mapping[str, Any]") -> bool:
    return record["eventSource"] != "aws:sqs" or str(record["eventSourceARN"]).endswith(".fifo")


def _log(error: Exception, name: str) -> None:
    # Imported when something fails, because it imports traceback.
    from thaw_runtime.failure import Failure

    failure = Failure.of(error, "")
    failure.message = f"record {name}: {failure.message}"
    failure.log()
