"""SqsTrigger: a queue of the user's feeds a function, and what would not work together is said before deployment."""

import json

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from constructs_lib import DeadLetterQueue, SqsTrigger
from constructs_lib.errors import OutOfRangeError, VisibilityTooShortError
from constructs_lib.triggers.errors import FifoError, WrongFilterError
from tests.synthesis import readable, resources, statements

ANYTHING = assertions.Match.any_value()


def seconds(count: float) -> cdk.Duration:
    return cdk.Duration.seconds(count)


@pytest.fixture
def queue(stack: cdk.Stack) -> sqs.Queue:
    """A queue that goes well with the function, whose timeout is 20 s."""
    failed = sqs.DeadLetterQueue(queue=DeadLetterQueue(stack, "Failed"), max_receive_count=5)
    return sqs.Queue(stack, "Queue", visibility_timeout=seconds(120), dead_letter_queue=failed)


def test_the_function_is_fed_batches_and_may_give_some_back(
    stack: cdk.Stack, function: lambda_.Function, queue: sqs.Queue
) -> None:
    SqsTrigger(stack, "Trigger", function=function, queue=queue)
    [mapping] = resources(stack, "AWS::Lambda::EventSourceMapping")
    assert readable(mapping["EventSourceArn"]) == "Queue.Arn"
    assert mapping["BatchSize"] == 10
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_every_figure_can_be_chosen(stack: cdk.Stack, function: lambda_.Function, queue: sqs.Queue) -> None:
    SqsTrigger(
        stack,
        "Trigger",
        function=function,
        queue=queue,
        batch_size=500,
        max_batching_window=seconds(300),
        max_concurrency=1000,
        filters=[lambda_.FilterCriteria.filter({"body": {"kind": ["order"]}})],
        report_batch_item_failures=False,
    )
    [mapping] = resources(stack, "AWS::Lambda::EventSourceMapping")
    assert (mapping["BatchSize"], mapping["MaximumBatchingWindowInSeconds"]) == (500, 300)
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 1000}
    [pattern] = mapping["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"]) == {"body": {"kind": ["order"]}}
    assert "FunctionResponseTypes" not in mapping


def test_the_role_may_take_from_this_queue_only(
    stack: cdk.Stack, function: lambda_.Function, queue: sqs.Queue
) -> None:
    SqsTrigger(stack, "Trigger", function=function, queue=queue)
    taken = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    assert [each for each in statements(stack) if each[0] != ["sqs:SendMessage"]] == [(taken, "Queue.Arn")]


def test_the_role_may_decrypt_with_the_queues_own_key_and_nothing_more(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    key = kms.Key(stack, "Key")
    queue = sqs.Queue(stack, "Queue", encryption_master_key=key, visibility_timeout=seconds(120))
    SqsTrigger(stack, "Trigger", function=function, queue=queue)
    assert [actions for actions, resource in statements(stack) if resource == "Key.Arn"] == [["kms:Decrypt"]]


def test_nothing_is_said_of_a_queue_that_goes_well_with_the_function(
    stack: cdk.Stack, function: lambda_.Function, queue: sqs.Queue
) -> None:
    SqsTrigger(stack, "Trigger", function=function, queue=queue)
    assertions.Annotations.from_stack(stack).has_no_warning("*", ANYTHING)


def test_an_imported_queue_is_taken_as_it_is(stack: cdk.Stack, function: lambda_.Function) -> None:
    imported = sqs.Queue.from_queue_arn(stack, "Theirs", "arn:aws:sqs:eu-north-1:111111111111:theirs")
    SqsTrigger(stack, "Trigger", function=function, queue=imported)
    [mapping] = resources(stack, "AWS::Lambda::EventSourceMapping")
    assert mapping["EventSourceArn"] == "arn:aws:sqs:eu-north-1:111111111111:theirs"
    assertions.Annotations.from_stack(stack).has_no_warning("*", ANYTHING)


@pytest.mark.parametrize(("rest", "received"), [(seconds(19), "19 s"), (seconds(0), "0 s")])
def test_a_visibility_timeout_below_the_functions_timeout_is_refused_as_lambda_would(
    stack: cdk.Stack, function: lambda_.Function, rest: cdk.Duration, received: str
) -> None:
    queue = sqs.Queue(stack, "Queue", visibility_timeout=rest)
    with pytest.raises(VisibilityTooShortError, match=rf"{received}(.|\n)*Duration.seconds\(120\)"):
        SqsTrigger(stack, "Trigger", function=function, queue=queue)


def test_sqss_own_default_counts_where_the_queue_says_nothing(stack: cdk.Stack) -> None:
    slow = lambda_.Function(
        stack,
        "Slow",
        code=lambda_.Code.from_inline("-"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_13,
        timeout=seconds(31),
    )
    with pytest.raises(VisibilityTooShortError, match="visibility_timeout 30 s"):
        SqsTrigger(stack, "Trigger", function=slow, queue=sqs.Queue(stack, "Queue"))


def test_a_visibility_timeout_below_what_aws_advises_is_a_warning_that_can_be_acknowledged(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    failed = sqs.DeadLetterQueue(queue=DeadLetterQueue(stack, "Failed"), max_receive_count=5)
    queue = sqs.Queue(stack, "Queue", visibility_timeout=seconds(119), dead_letter_queue=failed)
    trigger = SqsTrigger(stack, "Trigger", function=function, queue=queue)
    advice = assertions.Match.string_like_regexp("rests 119 s .* 120 s")
    assertions.Annotations.from_stack(stack).has_warning("/Stack/Trigger", advice)
    cdk.Annotations.of(trigger).acknowledge_warning("thaw:visibility", "one consumer only")
    assertions.Annotations.from_stack(stack).has_no_warning("*", ANYTHING)


def test_a_queue_that_never_gives_a_message_up_is_a_warning(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    queue = sqs.Queue(stack, "Queue", visibility_timeout=seconds(120))
    SqsTrigger(stack, "Trigger", function=function, queue=queue)
    assertions.Annotations.from_stack(stack).has_warning(
        "/Stack/Trigger", assertions.Match.string_like_regexp("Stack/Queue has no redrive policy")
    )


@pytest.mark.parametrize(
    ("props", "allowed"),
    [
        ({"batch_size": 0}, "1 to 10,000"),
        ({"batch_size": 10_001, "max_batching_window": seconds(1)}, "1 to 10,000"),
        ({"batch_size": 2.5}, "a whole number"),
        ({"batch_size": True}, "a whole number"),
        ({"batch_size": 11}, "10 at most, or a max_batching_window"),
        ({"batch_size": 11, "max_batching_window": seconds(0)}, "10 at most, or a max_batching_window"),
        ({"max_batching_window": seconds(301)}, "whole seconds from 0 to 300"),
        ({"max_batching_window": cdk.Duration.millis(500)}, "whole seconds from 0 to 300"),
        ({"max_concurrency": 1}, "2 to 1,000"),
        ({"max_concurrency": 1001}, "2 to 1,000"),
    ],
)
def test_a_figure_that_lambda_does_not_take_is_refused(
    stack: cdk.Stack, function: lambda_.Function, queue: sqs.Queue, props: dict[str, object], allowed: str
) -> None:
    with pytest.raises(OutOfRangeError, match=rf"Stack/Trigger(.|\n)*{allowed}"):
        SqsTrigger(stack, "Trigger", function=function, queue=queue, **props)  # type: ignore[arg-type]


@pytest.mark.parametrize("props", [{"batch_size": 11}, {"max_batching_window": seconds(1)}])
def test_what_a_fifo_queue_cannot_do_is_refused(
    stack: cdk.Stack, function: lambda_.Function, props: dict[str, object]
) -> None:
    queue = sqs.Queue(stack, "Queue", fifo=True, visibility_timeout=seconds(120))
    with pytest.raises(FifoError, match="Stack/Trigger"):
        SqsTrigger(stack, "Trigger", function=function, queue=queue, **props)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "filters",
    [
        [],
        [{"eventName": ["INSERT"]}],
        [{"pattern": "not json"}],
        [{"pattern": "[]"}],
        [{"pattern": '{"a": ["' + "x" * 4096 + '"]}'}],
        [{"pattern": "{}"}] * 11,
        ["{}"],
    ],
)
def test_what_is_no_filter_is_refused(
    stack: cdk.Stack, function: lambda_.Function, queue: sqs.Queue, filters: list[object]
) -> None:
    with pytest.raises(WrongFilterError, match=r"FilterCriteria\.filter"):
        SqsTrigger(stack, "Trigger", function=function, queue=queue, filters=filters)  # type: ignore[arg-type]


def test_figures_that_only_the_deployment_will_know_are_taken(
    stack: cdk.Stack, function: lambda_.Function, queue: sqs.Queue
) -> None:
    parameter = cdk.CfnParameter(stack, "Size", type="Number")
    SqsTrigger(
        stack,
        "Trigger",
        function=function,
        queue=queue,
        max_concurrency=cdk.Token.as_number(parameter.value),
    )
    [mapping] = resources(stack, "AWS::Lambda::EventSourceMapping")
    assert readable(mapping["ScalingConfig"]["MaximumConcurrency"]) == "Size"
