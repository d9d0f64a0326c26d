"""Which pages of other origins may call, checked by the rules that the services and every browser keep.

Sources: https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html for function URLs,
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html for HTTP APIs,
https://fetch.spec.whatwg.org/#cors-protocol-and-credentials for credentials.
"""

import re
from collections.abc import Sequence

import aws_cdk as cdk

from constructs_lib import asked_once
from constructs_lib.triggers.errors import WrongCorsError
from constructs_lib.triggers.figures import in_seconds

MAX_AGE_SECONDS = (0, 86_400)
# Scheme, host and port, nothing after them: that is what a browser sends as Origin.
_ORIGIN = re.compile(r"https?://(\*|[^\s/*?#]+)|\*")


def check(
    trigger: object,
    *,
    origins: Sequence[str] | None,
    credentials: bool | None,
    max_age: cdk.Duration | None,
) -> None:
    """Checks the CORS settings of the trigger of that path.

    Raises:
        WrongCorsError: the service or a browser would refuse them.
    """
    _check_origins(trigger, origins)
    if credentials and any("*" in origin for origin in origins or ()):
        _refuse(
            trigger,
            "allow_credentials for every origin",
            "origins by name, for no browser sends credentials to whom everybody may ask",
            "name the origins, or leave allow_credentials out",
        )
    seconds = None if max_age is None else in_seconds(max_age)
    low, high = MAX_AGE_SECONDS
    if seconds is not None and (seconds % 1 or not low <= seconds <= high):
        _refuse(trigger, f"max_age {seconds:g} s", f"whole seconds from {low} to {high:,}", "correct max_age")


def refuse_method(trigger: object, method: str, allowed: str) -> None:
    """Refuses a method that the service does not take.

    Raises:
        WrongCorsError: always.
    """
    _refuse(
        trigger, f"method {method}", allowed, "leave the method out: preflight requests are answered anyway"
    )


def _check_origins(trigger: object, origins: Sequence[str] | None) -> None:
    if not origins:
        _refuse(
            trigger,
            "no allowed_origins",
            'origins such as "https://example.com"',
            "name the origins whose pages may call, or leave cors out",
        )
    for origin in origins or ():
        if not asked_once.is_unresolved(origin) and not _ORIGIN.fullmatch(origin):
            _refuse(
                trigger,
                f"origin {origin!r}",
                'scheme, host and port without anything after them, such as "https://example.com", or "*"',
                "write the origin as browsers send it",
            )


def _refuse(trigger: object, received: str, allowed: str, change: str) -> None:
    raise WrongCorsError(
        f"{trigger} has CORS settings that cannot work", received=received, allowed=allowed, change=change
    )
