"""Queues, streams, asynchronous events, APIs and URLs that invoke functions."""

from typing import Any

import pytest
from cloudformation import arn, found, function, ids, mapping, queue, resource

PERMISSION = "AWS::Lambda::Permission"
CONFIG = "AWS::Lambda::EventInvokeConfig"
FIFO = {"FifoQueue": True}


def fed(queue: dict[str, Any], mapping: dict[str, Any], **of_function: Any) -> list[tuple[str, str]]:
    return ids({"Function": function(**of_function), "Queue": queue, "Mapping": mapping})


def test_a_sound_queue_is_not_found_fault_with() -> None:
    assert fed(queue(), mapping()) == []


@pytest.mark.parametrize(
    ("visibility", "expected"),
    [(19, [("THAW161", "Queue")]), (20, [("THAW162", "Queue")]), (119, [("THAW162", "Queue")]), (120, [])],
)
def test_a_queue_must_rest_for_six_timeouts(visibility: int, expected: list[tuple[str, str]]) -> None:
    assert fed(queue(VisibilityTimeout=visibility), mapping()) == expected


def test_the_defaults_of_queue_and_function_count_too() -> None:
    assert fed(queue(VisibilityTimeout=None), mapping(), Timeout=None) == []
    assert fed(queue(VisibilityTimeout=None), mapping(), Timeout=31) == [("THAW161", "Queue")]


def test_the_message_names_queue_function_and_both_times() -> None:
    [finding] = found({"Function": function(), "Queue": queue(VisibilityTimeout=5), "Mapping": mapping()})
    assert (finding.what, finding.received, finding.allowed, finding.change) == (
        "Stack/Queue hands a message out again too early for Stack/Function, whose timeout is 20 s",
        "5 s",
        "at least 20 s",
        "set visibility_timeout to 120 s",
    )


def test_a_function_behind_an_alias_is_the_function() -> None:
    alias = resource("AWS::Lambda::Alias", {"FunctionName": {"Ref": "Function"}, "FunctionVersion": "7"})
    resources = {
        "Function": function(),
        "Alias": alias,
        "Queue": queue(VisibilityTimeout=5),
        "Mapping": mapping(FunctionName={"Ref": "Alias"}),
    }
    assert ids(resources) == [("THAW161", "Queue")]


@pytest.mark.parametrize(
    ("of_mapping", "expected"),
    [
        ({"FunctionResponseTypes": None}, [("THAW163", "Mapping")]),
        ({"FunctionResponseTypes": None, "BatchSize": 1}, []),
        ({"BatchSize": 11}, [("THAW164", "Mapping")]),
        ({"BatchSize": 11, "MaximumBatchingWindowInSeconds": 1}, []),
        ({"BatchSize": 11, "MaximumBatchingWindowInSeconds": {"Ref": "Window"}}, []),
        ({"BatchSize": 10_001, "MaximumBatchingWindowInSeconds": 1}, [("THAW155", "Mapping")]),
        ({"ScalingConfig": {"MaximumConcurrency": 1}}, [("THAW155", "Mapping")]),
    ],
)
def test_mappings_of_queues(of_mapping: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert fed(queue(), mapping(**of_mapping)) == expected


def test_a_queue_without_dead_letters_loses_what_always_fails() -> None:
    assert fed(queue(RedrivePolicy=None), mapping()) == [("THAW165", "Queue")]


@pytest.mark.parametrize(
    ("of_queue", "of_mapping", "culprit"),
    [
        ({"QueueName": "orders.fifo"}, {}, "Queue"),
        (FIFO | {"QueueName": "orders"}, {}, "Queue"),
        (FIFO, {"MaximumBatchingWindowInSeconds": 1}, "Mapping"),
        (FIFO, {"BatchSize": 11, "MaximumBatchingWindowInSeconds": {"Ref": "W"}}, "Mapping"),
    ],
)
def test_a_fifo_queue_is_named_and_fed_as_such(
    of_queue: dict[str, Any], of_mapping: dict[str, Any], culprit: str
) -> None:
    assert fed(queue(**of_queue), mapping(**of_mapping)) == [("THAW166", culprit)]


def test_a_fifo_queue_with_its_name_is_right() -> None:
    assert fed(queue(**FIFO, QueueName="orders.fifo"), mapping()) == []


def test_dead_letters_are_of_the_type_of_their_queue() -> None:
    redrive = {"deadLetterTargetArn": arn("Letters"), "maxReceiveCount": 3}
    assert ids({"Letters": queue(), "Queue": queue(**FIFO, RedrivePolicy=redrive)}) == [("THAW166", "Queue")]


def test_a_function_sends_nothing_to_a_fifo_queue() -> None:
    careless = function(DeadLetterConfig={"TargetArn": arn("Letters")})
    assert ids({"Function": careless, "Letters": queue(**FIFO)}) == [("THAW166", "Function")]


SOUND_STREAM = {
    "FunctionResponseTypes": None,
    "EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]},
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 5,
    "DestinationConfig": {"OnFailure": {"Destination": arn("Letters")}},
}
TABLE = resource("AWS::DynamoDB::Table", {})


def streamed(**spoilt: Any) -> list[tuple[str, str]]:
    return ids({"Function": function(), "Table": TABLE, "Mapping": mapping(**SOUND_STREAM | spoilt)})


@pytest.mark.parametrize(
    "spoilt",
    [
        {"BisectBatchOnFunctionError": None},
        {"MaximumRetryAttempts": None},
        {"MaximumRetryAttempts": -1},
        {"DestinationConfig": None},
    ],
)
def test_a_poison_record_must_not_block_its_shard(spoilt: dict[str, Any]) -> None:
    assert streamed(**spoilt) == [("THAW167", "Mapping")]


@pytest.mark.parametrize(
    "spoilt",
    [
        {},
        {"MaximumRetryAttempts": None, "MaximumRecordAgeInSeconds": 3600},
        {"BisectBatchOnFunctionError": None, "BatchSize": 1},
    ],
)
def test_a_stream_with_bounds_is_right(spoilt: dict[str, Any]) -> None:
    assert streamed(**spoilt) == []


def test_a_stream_that_is_imported_is_a_stream() -> None:
    source = "arn:aws:kinesis:eu-north-1:123456789012:stream/clicks"
    assert streamed(EventSourceArn=source, DestinationConfig=None) == [("THAW167", "Mapping")]


def asynchronous(principal: str, **others: Any) -> list[tuple[str, str]]:
    permission = resource(PERMISSION, {"FunctionName": arn("Function"), "Principal": principal})
    return ids({"Function": function(DeadLetterConfig=None), "Permission": permission, **others})


@pytest.mark.parametrize("service", ["sns", "s3", "events"])
def test_asynchronous_events_need_a_place_for_what_fails(service: str) -> None:
    assert asynchronous(f"{service}.amazonaws.com") == [("THAW168", "Function")]


def test_a_schedule_is_asynchronous() -> None:
    schedule = resource("AWS::Scheduler::Schedule", {"Target": {"Arn": arn("Function")}})
    assert ids({"Function": function(DeadLetterConfig=None), "Schedule": schedule}) == [
        ("THAW168", "Function")
    ]


def test_a_destination_is_such_a_place() -> None:
    config = resource(
        CONFIG,
        {
            "FunctionName": {"Ref": "Function"},
            "DestinationConfig": {"OnFailure": {"Destination": arn("Letters")}},
        },
    )
    assert asynchronous("sns.amazonaws.com", Config=config) == []


def test_who_waits_for_the_answer_needs_no_such_place() -> None:
    assert asynchronous("apigateway.amazonaws.com") == []


@pytest.mark.parametrize(
    ("integration", "timeout", "expected"),
    [
        (resource("AWS::ApiGatewayV2::Integration", {"IntegrationUri": arn("Function")}), 31, ["THAW169"]),
        (resource("AWS::ApiGatewayV2::Integration", {"IntegrationUri": arn("Function")}), 30, []),
        (
            resource(
                "AWS::ApiGatewayV2::Integration",
                {"IntegrationUri": arn("Function"), "TimeoutInMillis": 40_000},
            ),
            20,
            ["THAW155"],
        ),
        (
            resource(
                "AWS::ApiGateway::Method",
                {"Integration": {"Uri": {"Fn::Join": ["", ["arn:", arn("Function"), "/invocations"]]}}},
            ),
            30,
            ["THAW169"],
        ),
    ],
)
def test_a_function_answers_before_its_api_gives_up(
    integration: dict[str, Any], timeout: int, expected: list[str]
) -> None:
    resources = {"Function": function(Timeout=timeout), "Integration": integration}
    assert [each for each, _ in ids(resources)] == expected


@pytest.mark.parametrize(("auth", "expected"), [("NONE", [("THAW170", "Url")]), ("AWS_IAM", [])])
def test_an_open_url_is_warned_of(auth: str, expected: list[tuple[str, str]]) -> None:
    url = resource("AWS::Lambda::Url", {"TargetFunctionArn": arn("Function"), "AuthType": auth})
    assert ids({"Function": function(), "Url": url}) == expected
