"""What Lambda takes as figures of a trigger, and what it takes as patterns of a filter.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk

from constructs_lib import asked_once
from constructs_lib.errors import OutOfRangeError
from constructs_lib.triggers.errors import WrongFilterError

BATCH = (1, 10_000)
FIFO_BATCH = (1, 10)
WINDOW_SECONDS = (0, 300)
CONCURRENCY = (2, 1_000)
PARALLELIZATION = (1, 10)
RETRIES = (0, 10_000)
RECORD_AGE_SECONDS = (60, 7 * 24 * 3600)
VISIBILITY_SECONDS = (0, 12 * 3600)
# Above this many messages Lambda asks for a window to gather them in.
BATCH_WITHOUT_WINDOW = 10
# Five without asking, ten at most. https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
FILTERS = 10
PATTERN_CHARACTERS = 4096

Filters = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Figures:
    """Checks the figures of one trigger.

    Args:
        trigger: its path, for the errors; made into text only for one.
    """

    trigger: object

    def count(self, name: str, value: int | None, bounds: tuple[int, int]) -> None:
        """Checks a number; None and a token pass.

        Raises:
            OutOfRangeError: it is not a whole number within the bounds.
        """
        if value is None or asked_once.is_unresolved(value):
            return
        low, high = bounds
        if type(value) is not int or not low <= value <= high:
            self.refuse(name, value, f"a whole number from {low:,} to {high:,}")

    def duration(
        self, name: str, value: cdk.Duration | None, bounds: tuple[int, int], *, minutes: bool = False
    ) -> None:
        """Checks a duration in whole seconds, or whole minutes; the bounds are seconds. None and a token pass.

        Raises:
            OutOfRangeError: it is not whole, or not within the bounds.
        """
        seconds = None if value is None else in_seconds(value)
        low, high = bounds
        unit, word = (60, "minutes") if minutes else (1, "seconds")
        if seconds is not None and (seconds % unit or not low <= seconds <= high):
            self.refuse(name, f"{seconds:g} s", f"whole {word} from {low // unit:,} to {high // unit:,}")

    def filters(self, filters: Filters | None) -> None:
        """Checks patterns made with ``FilterCriteria.filter``.

        Raises:
            WrongFilterError: there are none or too many, or one is not a pattern.
        """
        if filters is None:
            return
        if not 1 <= len(filters) <= FILTERS:
            self._refuse_filter(f"{len(filters)} filters", f"1 to {FILTERS}, or no filters at all")
        for each in filters:
            if not _is_pattern(each):
                self._refuse_filter(
                    repr(each), f"an event pattern as JSON, of {PATTERN_CHARACTERS:,} characters at most"
                )

    def refuse(self, name: str, received: object, allowed: str) -> None:
        """Raises the error for a figure.

        Raises:
            OutOfRangeError: always.
        """
        raise OutOfRangeError(
            f"{self.trigger} has a {name} that cannot be deployed",
            received=received,
            allowed=allowed,
            change=f"correct {name}, or leave it out for its default",
        )

    def _refuse_filter(self, received: str, allowed: str) -> None:
        raise WrongFilterError(
            f"{self.trigger} has filters that cannot be deployed",
            received=received,
            allowed=allowed,
            change="make each filter with aws_lambda.FilterCriteria.filter({...})",
        )


def in_seconds(duration: cdk.Duration) -> float | None:
    """A duration in seconds, fractions included; None where only the deployment will know it."""
    if duration.is_unresolved():
        return None
    return float(duration.to_milliseconds()) / 1000


def _is_pattern(filter_: object) -> bool:
    if not isinstance(filter_, Mapping) or set(filter_) != {"pattern"}:
        return False
    pattern = filter_["pattern"]
    if asked_once.is_unresolved(pattern):
        return True
    try:
        return len(pattern) <= PATTERN_CHARACTERS and isinstance(json.loads(pattern), dict)
    except (TypeError, ValueError):
        return False
