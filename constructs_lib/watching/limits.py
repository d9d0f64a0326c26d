"""From when on a metric says that something is wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import aws_cdk as cdk

from constructs_lib.functions import props
from constructs_lib.rules import Rule, number, whole_number
from constructs_lib.triggers.figures import in_seconds
from constructs_lib.triggers.target import Target
from constructs_lib.watching.errors import NothingToWatchError
from constructs_lib.watching.metric import Metric

SHARE = number(0.000_1, 1)
_COUNT = whole_number(1, 1_000_000_000)
# By the names of the props: what is the case when there is too much of it.
_SAID = {
    "errors": "invocations failed in five minutes",
    "throttles": "invocations were rejected in five minutes",
    "duration": "1 % of the invocations take",
    "dead_letters": "messages could not be processed and wait for somebody",
    "message_age": "a message has been waiting for",
    "iterator_age": "records of the stream have been waiting for",
    "init_duration": "starts take on average",
}


@dataclass(frozen=True)
class Limit:
    """What an alarm is about.

    Attributes:
        id: of the alarm.
        metric: what it watches.
        threshold: from which on it alarms, in the metric's unit.
        said: what is then the case.
    """

    id: str
    metric: Metric
    threshold: float
    said: str


@cache
def _seconds(duration: cdk.Duration) -> float:
    """A duration in seconds, 0 where only the deployment will know it."""
    return in_seconds(duration) or 0


_TIME = Rule(
    "a cdk.Duration of more than 0, known before deployment",
    lambda value: isinstance(value, cdk.Duration) and _seconds(value) > 0,
)


@dataclass(frozen=True)
class Limits:
    """Checks thresholds and makes limits of them, for each metric one; None makes none.

    Args:
        place: of the construct, for the errors.
    """

    place: object

    def count(self, name: str, value: int | None, metrics: Iterable[Metric]) -> list[Limit]:
        """So many and more are too many.

        Raises:
            WrongPropError: the value is not a whole number of 1 or more.
        """
        props.require(self.place, name, value, _COUNT)
        return [] if value is None else _limits(name, metrics, value, f"{value} or more {_SAID[name]}")

    def time(self, name: str, value: cdk.Duration | None, metrics: Iterable[Metric]) -> list[Limit]:
        """So long and longer is too long.

        Raises:
            WrongPropError: the value is no time, or only the deployment will know it.
        """
        props.require(self.place, name, value, _TIME)
        return [] if value is None else _longer(name, metrics, _seconds(value))

    def share_of_timeout(
        self, name: str, value: float | cdk.Duration | None, metric: Metric, target: Target
    ) -> list[Limit]:
        """A time, or this much of the function's timeout, and longer is too long.

        Raises:
            NothingToWatchError: only the deployment will know the timeout.
            WrongPropError: the value is no time, and no share either.
        """
        if value is None or isinstance(value, cdk.Duration):
            return self.time(name, value, [metric])
        props.require(self.place, name, value, SHARE)
        timeout = target.timeout_seconds
        if timeout is None:
            raise NothingToWatchError(
                f"{self.place} compares {target.path} with its timeout, which only the deployment will know",
                received=f"{name}={value}",
                allowed="a Duration, or None",
                change=f"give {name} a Duration, or None for no such alarm",
            )
        return _longer(name, [metric], timeout * value)


def _longer(name: str, metrics: Iterable[Metric], seconds: float) -> list[Limit]:
    # SQS counts in seconds, all others in milliseconds.
    threshold = seconds if name == "message_age" else round(seconds * 1000)
    return _limits(name, metrics, threshold, f"{_SAID[name]} {seconds:g} s or longer")


def _limits(name: str, metrics: Iterable[Metric], threshold: float, said: str) -> list[Limit]:
    """Limits named after the prop; the second metric's with a 2."""
    words = name.title().replace("_", "")
    return [
        Limit(words if number_ == 1 else f"{words}{number_}", metric, threshold, said)
        for number_, metric in enumerate(metrics, 1)
    ]
