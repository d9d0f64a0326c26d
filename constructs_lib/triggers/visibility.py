"""How long a message rests after a failure, and how that goes with the function's timeout.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-queueconfig
"""

import aws_cdk as cdk
from constructs import Construct

from constructs_lib.errors import VisibilityTooShortError
from constructs_lib.triggers.target import Target

# What AWS advises: the rest also covers batches that Lambda could not start at once.
TIMEOUTS = 6
# Taken where the function's timeout is not known before deployment.
_LONGEST_TIMEOUT_SECONDS = 900
WARNING = "thaw:visibility"


def advised(target: Target) -> int:
    """The visibility timeout that AWS advises for a queue that feeds ``target``, in seconds."""
    timeout = target.timeout_seconds
    return TIMEOUTS * (_LONGEST_TIMEOUT_SECONDS if timeout is None else int(timeout))


def require_timeout(trigger: object, target: Target, seconds: float, *, change: str) -> None:
    """Refuses a queue that Lambda itself would refuse.

    Raises:
        VisibilityTooShortError: a message would be handed out again while the function still works on it.
    """
    timeout = target.timeout_seconds
    if timeout is not None and seconds < timeout:
        raise VisibilityTooShortError(
            f"{trigger} would hand out a message again while {target.path} works on it",
            received=f"visibility_timeout {seconds:g} s",
            allowed=f"at least the function's timeout, {timeout:g} s; AWS advises {advised(target)} s",
            change=change,
        )


def warn_of_short_rest(construct: Construct, target: Target, seconds: float) -> None:
    """Adds the warning ``thaw:visibility`` where a message rests for less than AWS advises."""
    if target.timeout_seconds is not None and seconds < advised(target):
        cdk.Annotations.of(construct).add_warning_v2(
            WARNING,
            f"a message rests {seconds:g} s after a failure; AWS advises {TIMEOUTS} times the function's timeout, "
            f"{advised(target)} s, or messages can run out of attempts while the function is throttled",
        )
