"""ScheduleTrigger: a time invokes the function, in a role that can do nothing else."""

import json
from datetime import UTC, datetime

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs

from constructs_lib import ScheduleTrigger
from constructs_lib.errors import NoDeadLetterQueueError, OutOfRangeError, WrongPropError
from constructs_lib.triggers.errors import FifoError, WrongScheduleError
from tests.synthesis import readable, resources, statements, template

HOURLY = "rate(1 hour)"


def expression(text: str, zone: str | None = None) -> scheduler.ScheduleExpression:
    return scheduler.ScheduleExpression.expression(text, cdk.TimeZone.of(zone) if zone else None)


def test_the_function_is_invoked_at_the_time_with_the_input(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    ScheduleTrigger(
        stack,
        "Trigger",
        function=function,
        schedule=expression("cron(0 6 ? * MON-FRI *)", "Europe/Stockholm"),
        input={"kind": "daily", "for": function.function_name},
        flexible_window=cdk.Duration.minutes(15),
        description="Every workday",
    )
    [schedule] = resources(stack, "AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "cron(0 6 ? * MON-FRI *)"
    assert schedule["ScheduleExpressionTimezone"] == "Europe/Stockholm"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    assert readable(schedule["Target"]["Arn"]) == "Function.Arn"
    assert json.loads(readable(schedule["Target"]["Input"])) == {"kind": "daily", "for": "Function"}


def test_by_default_the_time_is_kept_to_the_minute_and_the_event_is_schedulers(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    ScheduleTrigger(stack, "Trigger", function=function, schedule=expression(HOURLY))
    [schedule] = resources(stack, "AWS::Scheduler::Schedule")
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert "Input" not in schedule["Target"]
    assert schedule["State"] == "ENABLED"


def test_an_event_that_cannot_be_handed_over_is_tried_for_a_day_and_then_kept(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    ScheduleTrigger(stack, "Trigger", function=function, schedule=expression(HOURLY))
    [schedule] = resources(stack, "AWS::Scheduler::Schedule")
    target = schedule["Target"]
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}
    assert readable(target["DeadLetterConfig"]["Arn"]) == "FunctionDeadLetterQueue.Arn"


def test_the_role_may_invoke_this_function_and_send_to_this_queue(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    ScheduleTrigger(stack, "Trigger", function=function, schedule=expression(HOURLY))
    assert statements(stack, "TriggerRole") == [
        (["lambda:InvokeFunction"], "Function.Arn"),
        (["sqs:SendMessage"], "FunctionDeadLetterQueue.Arn"),
    ]
    assert not any("ManagedPolicyArns" in role for role in resources(stack, "AWS::IAM::Role")[1:])


def test_the_role_may_use_the_dead_letter_queues_own_key(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    queue = sqs.Queue(stack, "Queue", encryption_master_key=kms.Key(stack, "Key"))
    ScheduleTrigger(stack, "Trigger", function=function, schedule=expression(HOURLY), dead_letter_queue=queue)
    assert (["kms:Decrypt", "kms:GenerateDataKey"], "Key.Arn") in statements(stack, "TriggerRole")


@pytest.mark.parametrize("own_group", [False, True])
def test_only_schedules_of_this_account_and_group_can_take_the_role(
    stack: cdk.Stack, function: lambda_.Function, *, own_group: bool
) -> None:
    group = scheduler.ScheduleGroup(stack, "Group") if own_group else None
    ScheduleTrigger(stack, "Trigger", function=function, schedule=expression(HOURLY), schedule_group=group)
    found = template(stack)["Resources"].items()
    [role] = [each for name, each in found if name.startswith("TriggerRole") and "Role" in each["Type"]]
    [trust] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    condition = trust["Condition"]["StringEquals"]
    assert readable(condition["aws:SourceAccount"]) == "AWS::AccountId"
    ending = "Group.Arn" if own_group else ":schedule-group/default"
    assert readable(condition["aws:SourceArn"]).endswith(ending)


def test_the_schedule_is_made_after_the_permissions_of_its_role(
    stack: cdk.Stack, function: lambda_.Function
) -> None:
    ScheduleTrigger(stack, "Trigger", function=function, schedule=expression(HOURLY))
    [schedule] = [
        each for each in template(stack)["Resources"].values() if each["Type"] == "AWS::Scheduler::Schedule"
    ]
    assert any(name.startswith("TriggerRoleDefaultPolicy") for name in schedule["DependsOn"])


@pytest.mark.parametrize(
    ("schedule", "received"),
    [
        (expression("cron(0 6 * * *)"), r"cron\(0 6 \* \* \*\)"),
        (expression("rate(0 minutes)"), r"rate\(0 minutes\)"),
        (expression(HOURLY, "Europe/Atlantis"), "Europe/Atlantis"),
    ],
)
def test_a_time_that_scheduler_does_not_take_is_refused(
    stack: cdk.Stack, function: lambda_.Function, schedule: scheduler.ScheduleExpression, received: str
) -> None:
    with pytest.raises(WrongScheduleError, match=rf"Stack/Trigger(.|\n)*received: {received}"):
        ScheduleTrigger(stack, "Trigger", function=function, schedule=schedule)


@pytest.mark.parametrize(
    "event", [{"at": datetime(2027, 1, 1, tzinfo=UTC)}, {1, 2}, float("nan"), {"a": "x" * 1024 * 1024}]
)
def test_an_input_that_cannot_be_an_event_is_refused(
    stack: cdk.Stack, function: lambda_.Function, event: object
) -> None:
    with pytest.raises(WrongScheduleError, match="Stack/Trigger has an input"):
        ScheduleTrigger(stack, "Trigger", function=function, schedule=expression(HOURLY), input=event)


@pytest.mark.parametrize(
    ("bounds", "what"),
    [
        ({"start": datetime(2027, 1, 1)}, "start without a time zone"),  # noqa: DTZ001 - the mistake
        ({"end": datetime(2027, 1, 1)}, "end without a time zone"),  # noqa: DTZ001 - the mistake
        (
            {"start": datetime(2027, 1, 2, tzinfo=UTC), "end": datetime(2027, 1, 1, tzinfo=UTC)},
            "ends before it begins",
        ),
    ],
)
def test_bounds_that_leave_no_time_or_an_unclear_one_are_refused(
    stack: cdk.Stack, function: lambda_.Function, bounds: dict[str, datetime], what: str
) -> None:
    with pytest.raises(WrongScheduleError, match=what):
        ScheduleTrigger(stack, "Trigger", function=function, schedule=expression(HOURLY), **bounds)  # type: ignore[arg-type]


def test_bounds_are_deployed_as_moments(stack: cdk.Stack, function: lambda_.Function) -> None:
    ScheduleTrigger(
        stack,
        "Trigger",
        function=function,
        schedule=expression(HOURLY),
        start=datetime(2027, 1, 1, tzinfo=UTC),
        end=datetime(2027, 2, 1, tzinfo=UTC),
    )
    [schedule] = resources(stack, "AWS::Scheduler::Schedule")
    assert (schedule["StartDate"], schedule["EndDate"]) == (
        "2027-01-01T00:00:00.000Z",
        "2027-02-01T00:00:00.000Z",
    )


@pytest.mark.parametrize(
    ("props", "allowed"),
    [
        ({"retry_attempts": 186}, "0 to 185"),
        ({"retry_attempts": -1}, "0 to 185"),
        ({"max_event_age": cdk.Duration.seconds(59)}, "60 to 86,400"),
        ({"max_event_age": cdk.Duration.days(2)}, "60 to 86,400"),
        ({"flexible_window": cdk.Duration.seconds(90)}, "whole minutes from 1 to 1,440"),
        ({"flexible_window": cdk.Duration.hours(25)}, "whole minutes from 1 to 1,440"),
    ],
)
def test_a_figure_that_scheduler_does_not_take_is_refused(
    stack: cdk.Stack, function: lambda_.Function, props: dict[str, object], allowed: str
) -> None:
    with pytest.raises(OutOfRangeError, match=allowed):
        ScheduleTrigger(stack, "Trigger", function=function, schedule=expression(HOURLY), **props)  # type: ignore[arg-type]


def test_a_description_that_is_too_long_is_refused(stack: cdk.Stack, function: lambda_.Function) -> None:
    with pytest.raises(WrongPropError, match="512 characters"):
        ScheduleTrigger(
            stack, "Trigger", function=function, schedule=expression(HOURLY), description="x" * 513
        )


def test_a_fifo_dead_letter_queue_is_refused(stack: cdk.Stack, function: lambda_.Function) -> None:
    queue = sqs.Queue(stack, "Queue", fifo=True)
    with pytest.raises(FifoError, match="received: Stack/Queue"):
        ScheduleTrigger(
            stack, "Trigger", function=function, schedule=expression(HOURLY), dead_letter_queue=queue
        )


def test_without_any_dead_letter_queue_the_trigger_is_refused(
    stack: cdk.Stack, function_without_queue: lambda_.Function
) -> None:
    with pytest.raises(NoDeadLetterQueueError):
        ScheduleTrigger(stack, "Trigger", function=function_without_queue, schedule=expression(HOURLY))
