"""What has to be heard of when a function does badly."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.constructors import checked
from constructs_lib.functions import props
from constructs_lib.rules import matching
from constructs_lib.triggers.target import target_of
from constructs_lib.watching.errors import NothingToWatchError
from constructs_lib.watching.limits import SHARE, Limits
from constructs_lib.watching.metric import Metric, of_function, of_queue, rate_of_errors
from constructs_lib.watching.notification import arn_for_alarms
from constructs_lib.watching.starts import measure_starts

_FIFTEEN_MINUTES = asked_once.seconds(15 * 60)
_ONE_SECOND = asked_once.seconds(1)
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html
_NAMESPACE = matching(
    "(?!AWS/)[^:*$]{1,255}", "1 to 255 characters without : * and $ that do not begin with AWS/"
)


@checked
class FunctionAlarms(Construct):
    """Alarms for one function and the queues around it.

    They watch the function over all its versions and aliases, five minutes at a time. Where nothing was measured
    nothing is wrong: a function that is not invoked has no metrics. None as a threshold leaves its alarm out.

    Args:
        scope: the parent construct.
        id: the construct's id.
        function: what is watched, a function or an alias of one; of an alias, its function.
        notify: a topic that is told when an alarm begins and when it ends. Default: nobody is told.
        errors: how many invocations fail.
        error_rate: the share of the invocations that fail, 0.0001 to 1. Default: no such alarm.
        throttles: how many invocations are rejected.
        duration: what one of a hundred invocations takes (p99), as a share of the function's timeout or a ``Duration``.
        dead_letters: how many messages are in one of ``dead_letter_queues``.
        dead_letter_queues: where events end that could not be processed. Default: the function's own, if any.
        queues: queues that the function works off, such as a trigger's ``queue``. Default: none.
        message_age: how long the oldest message in one of ``queues`` has been waiting. Default: 15 minutes.
        iterator_age: how old the last record of a batch is, for a function that a stream feeds. Default: no such alarm.
        init_duration: what starts take on average; restores, where the function has SnapStart. Default: 1 second.
        metric_namespace: of the metric of the starts, which is read out of the log. Default: ``Thaw/`` and the name of
            the stack.
        composite: whether one alarm over all of them tells the topic, and they themselves do not.

    Attributes:
        function: what is watched.
        alarms: one for each limit.
        composite_alarm: the one over all of them; None unless ``composite``.
        metrics: what the alarms watch.
        starts: the metric of the starts; None without ``init_duration``.

    Warnings:
        thaw:topic-key: the key of ``notify`` is imported, and its policy has to allow CloudWatch.

    Raises:
        UnsuitableTargetError: ``function`` is a version or imported.
        UnreachableTopicError: CloudWatch cannot publish to ``notify``.
        NothingToWatchError: the function's timeout or log group is not known, or there is no alarm at all.
        WrongPropError: a threshold or the namespace is out of bounds.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        function: lambda_.Function | lambda_.Alias,
        notify: sns.ITopic | None = None,
        errors: int | None = 1,
        error_rate: float | None = None,
        throttles: int | None = 1,
        duration: float | cdk.Duration | None = 0.8,
        dead_letters: int | None = 1,
        dead_letter_queues: Sequence[sqs.IQueue] | None = None,
        queues: Sequence[sqs.IQueue] = (),
        message_age: cdk.Duration | None = _FIFTEEN_MINUTES,
        iterator_age: cdk.Duration | None = None,
        init_duration: cdk.Duration | None = _ONE_SECOND,
        metric_namespace: str | None = None,
        composite: bool = False,
    ) -> None:
        place = Place(scope, id)
        target = target_of(place, function)
        self.function, name = target.function, target.function.function_name
        if dead_letter_queues is None:
            own = self.function.dead_letter_queue
            dead_letter_queues = [] if own is None else [own]
        dead = [of_queue(queue, "ApproximateNumberOfMessagesVisible") for queue in dead_letter_queues]
        waiting = [of_queue(queue, "ApproximateAgeOfOldestMessage") for queue in queues]
        props.require(place, "error_rate", error_rate, SHARE)
        props.require(place, "metric_namespace", metric_namespace, _NAMESPACE)
        check = Limits(place)
        limits = [
            *check.count("errors", errors, [of_function(name, "Errors")]),
            *check.count("throttles", throttles, [of_function(name, "Throttles")]),
            *check.share_of_timeout("duration", duration, of_function(name, "Duration", "p99"), target),
            *check.count("dead_letters", dead_letters, dead),
            *check.time("message_age", message_age, waiting),
            *check.time("iterator_age", iterator_age, [of_function(name, "IteratorAge", "Maximum")]),
        ]
        topics = [] if notify is None else [arn_for_alarms(notify)]
        super().__init__(scope, id)
        self.starts: Metric | None = None
        if init_duration is not None:
            namespace = metric_namespace or _namespace_of(asked_once.stack_of(scope))
            self.starts = measure_starts(self, self.function, name, namespace)
            limits += check.time("init_duration", init_duration, [self.starts])
        self.metrics = [limit.metric for limit in limits]
        told = [] if composite else topics
        self.alarms = [
            self._alarm(limit.id, limit.said, limit.threshold, told, limit.metric.watched())
            for limit in limits
        ]
        if error_rate is not None:
            said = f"{error_rate:.2%} or more of the invocations failed in five minutes"
            self.alarms.append(self._alarm("ErrorRate", said, error_rate, told, rate_of_errors(name)))
        if not self.alarms:
            _refuse_nothing(place)
        self.composite_alarm = self._over_all(topics) if composite else None

    def _alarm(
        self,
        id: str,  # noqa: A002 - the CDK's word
        said: str,
        threshold: float,
        told: list[str],
        watched: dict[str, Any],
    ) -> cloudwatch.CfnAlarm:
        return cloudwatch.CfnAlarm(
            self,
            id,
            alarm_description=f"{asked_once.path_of(self.function)}: {said}",
            threshold=threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            evaluation_periods=1,
            treat_missing_data="notBreaching",
            alarm_actions=told or None,
            ok_actions=told or None,
            **watched,
        )

    def _over_all(self, told: list[str]) -> cloudwatch.CfnCompositeAlarm:
        return cloudwatch.CfnCompositeAlarm(
            self,
            "All",
            alarm_description=f"{asked_once.path_of(self.function)} does badly; its own alarms say in what",
            alarm_rule=" OR ".join(f'ALARM("{alarm.attr_arn}")' for alarm in self.alarms),
            alarm_actions=told or None,
            ok_actions=told or None,
        )


@cache
def _namespace_of(stack: cdk.Stack) -> str:
    return f"Thaw/{stack.stack_name}"


def _refuse_nothing(place: Place) -> None:
    raise NothingToWatchError(
        f"{place} has no alarm",
        received="None for every threshold",
        allowed="one alarm or more",
        change="give one of the thresholds a value, or leave FunctionAlarms out",
    )
