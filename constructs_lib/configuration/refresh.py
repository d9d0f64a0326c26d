"""How often a configuration is read again."""

import aws_cdk as cdk

from constructs_lib.asked_once import Place
from constructs_lib.errors import WrongPropError
from constructs_lib.rules import whole_number

_SECONDS = whole_number(1, 86_400)


def seconds(place: Place, refresh: cdk.Duration | None) -> str | None:
    """The duration as a function is told it; None for never.

    Raises:
        WrongPropError: it is none, or out of bounds, or not known at synth.
    """
    if refresh is None:
        return None
    count = _whole(refresh)
    if not _SECONDS.accepts(count):
        raise WrongPropError(
            f"{place}: its refresh cannot be deployed",
            received=count,
            allowed=f"a Duration of {_SECONDS.allowed} seconds",
            change="correct refresh, or leave it out to read once for each environment",
        )
    return str(count)


def _whole(refresh: cdk.Duration) -> object:
    if not isinstance(refresh, cdk.Duration):
        return repr(refresh)
    if refresh.is_unresolved():
        return "a duration that is not known at synth"
    try:
        return int(refresh.to_seconds())
    except RuntimeError as error:  # half a second: the CDK refuses to round
        return str(error).partition("\n")[0]
