"""A time that invokes a function."""

import json
from datetime import datetime
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.constructors import checked
from constructs_lib.functions import props
from constructs_lib.rules import matching
from constructs_lib.triggers import access
from constructs_lib.triggers.dead_letters import dead_letters_for
from constructs_lib.triggers.errors import WrongScheduleError
from constructs_lib.triggers.figures import Figures
from constructs_lib.triggers.schedule_expression import ALLOWED, is_expression, is_time_zone
from constructs_lib.triggers.target import target_of

# https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html
RETRIES = (0, 185)
EVENT_AGE_SECONDS = (60, 24 * 3600)
# https://docs.aws.amazon.com/scheduler/latest/APIReference/API_FlexibleTimeWindow.html
WINDOW_SECONDS = (60, 24 * 3600)
# Scheduler invokes asynchronously, and Lambda takes this much of an asynchronous event.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
INPUT_BYTES = 1024 * 1024
DESCRIPTION = matching(r"(?s).{0,512}", "text of 512 characters at most")


@checked
class ScheduleTrigger(scheduler.Schedule):
    """Invokes a function at fixed times, every so often, or once.

    EventBridge Scheduler hands the event to Lambda and does not wait for the function: what the function itself fails on
    is repeated as the function's ``retry_attempts`` say and then goes to the function's dead-letter queue. What cannot be
    handed over, because Lambda is throttled or away, is tried again by Scheduler.

    Scheduler acts in a role of its own, which may invoke exactly this function or alias and send to this dead-letter
    queue, and which only this account's schedules of the same group can take.

    Args:
        scope: the parent construct.
        id: the construct's id.
        function: what is invoked, a function or an alias of one.
        schedule: when: ``ScheduleExpression.rate``, ``cron`` or ``at``, the latter two with a time zone where it is not
            UTC.
        input: the event that the function gets, of JSON's types. Default: Scheduler's own, which has the time and the
            schedule's ARN.
        flexible_window: how long after its time the invocation may begin, whole minutes, 1 minute to 24 hours; spreads
            schedules of the same time. Default: none.
        start: when a recurring schedule begins, with a time zone. Default: at once.
        end: when it ends, likewise. Default: never.
        enabled: whether the schedule invokes. Default: true.
        retry_attempts: how often an event that cannot be handed over is tried again, 0 to 185. Default: 185.
        max_event_age: an event that could not be handed over for so long is given up, 1 minute to 24 hours.
            Default: 24 hours.
        dead_letter_queue: for events that could not be handed over. Default: the function's.
        schedule_group: the group that the schedule is in. Default: the account's group ``default``.
        description: shown in the console, 512 characters at most. Default: none.

    Attributes:
        role: what Scheduler acts in.
        dead_letter_queue: the queue in use.

    Raises:
        UnsuitableTargetError: ``function`` is a version or imported.
        NoDeadLetterQueueError: neither this trigger nor the function has one.
        FifoError: the dead-letter queue is a FIFO queue, which Scheduler does not send to.
        WrongScheduleError: the expression, the time zone, the bounds or the input cannot be deployed.
        OutOfRangeError: a figure is not one that Scheduler takes.
        WrongPropError: ``description`` is too long.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        function: lambda_.Function | lambda_.Alias,
        schedule: scheduler.ScheduleExpression,
        input: Any = None,  # noqa: A002 - Scheduler's word
        flexible_window: cdk.Duration | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        enabled: bool = True,
        retry_attempts: int = RETRIES[1],
        max_event_age: cdk.Duration | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
        schedule_group: scheduler.IScheduleGroup | None = None,
        description: str | None = None,
    ) -> None:
        path = Place(scope, id)
        target = target_of(path, function)
        self.dead_letter_queue = dead_letters_for(path, target, dead_letter_queue)
        _check_time(path, schedule)
        _check_bounds(path, start, end)
        _check_input(path, input)
        figures = Figures(path)
        figures.count("retry_attempts", retry_attempts, RETRIES)
        figures.duration("max_event_age", max_event_age, EVENT_AGE_SECONDS)
        figures.duration("flexible_window", flexible_window, WINDOW_SECONDS, minutes=True)
        props.require(path, "description", description, DESCRIPTION)
        # Beside the schedule, which needs it to be made.
        self.role = iam.Role(scope, f"{id}Role", assumed_by=_schedules_of(scope, schedule_group))
        invoked = target.invoked.function_arn
        for statement in (access.invoke(invoked), *access.send_to(self.dead_letter_queue)):
            self.role.add_to_policy(statement)
        age = max_event_age or asked_once.seconds(EVENT_AGE_SECONDS[1])
        bound = scheduler.ScheduleTargetConfig(
            arn=invoked,
            role=self.role,
            input=None if input is None else scheduler.ScheduleTargetInput.from_object(input),
            retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                maximum_event_age_in_seconds=age.to_seconds(), maximum_retry_attempts=retry_attempts
            ),
            dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                arn=self.dead_letter_queue.queue_arn
            ),
        )
        super().__init__(
            scope,
            id,
            schedule=schedule,
            target=cast("scheduler.IScheduleTarget", _Bound(bound)),
            description=description,
            enabled=enabled,
            start=start,
            end=end,
            schedule_group=schedule_group,
            time_window=scheduler.TimeWindow.flexible(flexible_window) if flexible_window else None,
        )
        # Scheduler tries the role when the schedule is made, and with it the permissions that are attached apart.
        self.node.add_dependency(self.role)


@jsii.implements(scheduler.IScheduleTarget)
class _Bound:
    """Names the target and grants nothing: ``LambdaInvoke`` allows every version of the function."""

    def __init__(self, config: scheduler.ScheduleTargetConfig) -> None:
        self._config = config

    def bind(
        self,
        _schedule: scheduler.ISchedule,
    ) -> scheduler.ScheduleTargetConfig:
        return self._config


def _schedules_of(scope: Construct, group: scheduler.IScheduleGroup | None) -> iam.ServicePrincipal:
    """Scheduler, but only for schedules of this account and group; a schedule itself cannot be named.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    stack = asked_once.stack_of(scope)
    arn = (
        group.schedule_group_arn
        if group
        else stack.format_arn(service="scheduler", resource="schedule-group", resource_name="default")
    )
    return iam.ServicePrincipal(
        "scheduler.amazonaws.com",
        conditions={"StringEquals": {"aws:SourceAccount": stack.account, "aws:SourceArn": arn}},
    )


def _check_time(path: object, schedule: scheduler.ScheduleExpression) -> None:
    expression, zone = schedule.expression_string, schedule.time_zone
    if not asked_once.is_unresolved(expression) and not is_expression(expression):
        raise WrongScheduleError(
            f"{path} has a time that EventBridge Scheduler does not take",
            received=expression,
            allowed=ALLOWED,
            change="correct the expression",
        )
    name = zone.timezone_name if zone else None
    if name is not None and not asked_once.is_unresolved(name) and not is_time_zone(name):
        raise WrongScheduleError(
            f"{path} has a time zone that does not exist",
            received=name,
            allowed="a name of the IANA time zone database, such as Europe/Stockholm",
            change="correct the name, or leave the time zone out for UTC",
        )


def _check_bounds(path: object, start: datetime | None, end: datetime | None) -> None:
    for name, bound in (("start", start), ("end", end)):
        if bound is not None and bound.tzinfo is None:
            raise WrongScheduleError(
                f"{path} has a {name} without a time zone, which is another moment on every machine",
                received=repr(bound),
                allowed="a datetime with tzinfo",
                change=f"give {name} a time zone, such as tzinfo=datetime.UTC",
            )
    if start and end and end <= start:
        raise WrongScheduleError(
            f"{path} ends before it begins",
            received=f"start {start.isoformat()}, end {end.isoformat()}",
            allowed="an end after the start",
            change="correct one of them",
        )


def _check_input(path: object, event: Any) -> None:
    try:
        size = len(json.dumps(event, allow_nan=False).encode())
    except (TypeError, ValueError) as error:
        raise WrongScheduleError(
            f"{path} has an input that is not JSON",
            received=f"{_short(event)} ({error})",
            allowed="dictionaries with text as keys, lists, text, numbers, true, false, null",
            change="make the input of these types",
        ) from error
    if size > INPUT_BYTES:
        raise WrongScheduleError(
            f"{path} has an input that is too large",
            received=f"{size:,} bytes",
            allowed=f"{INPUT_BYTES:,} bytes at most",
            change="let the function read the data from where it lies",
        )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."  # noqa: PLR2004 - long enough to be recognised
