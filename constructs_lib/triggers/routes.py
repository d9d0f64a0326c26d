"""Routes of an HTTP API as text, such as ``GET /items/{id}``.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from constructs_lib.triggers.errors import WrongRouteError

DEFAULT = "$default"
METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_NAME = r"[\w.-]+"
_SEGMENT = re.compile(rf"\{{{_NAME}\}}|[\w.~!$&'()*+,;=:@%-]+", re.ASCII)
_LAST_SEGMENT = re.compile(rf"\{{{_NAME}\+\}}|{_SEGMENT.pattern}|", re.ASCII)
_ALLOWED = (
    f"{DEFAULT}, or a method ({', '.join(METHODS)}), a space and a path such as /items/{{id}} or /{{proxy+}}, "
    "each route once"
)


@dataclass(frozen=True)
class Route:
    """One route.

    Attributes:
        method: ``ANY`` for every method.
        path: None for the route of what no other route takes.
    """

    method: str
    path: str | None

    @property
    def takes_preflight(self) -> bool:
        """Whether the requests that browsers send without credentials before others come to this route."""
        return self.method in ("ANY", "OPTIONS")


def routes_of(trigger: object, given: Sequence[str]) -> list[Route]:
    """Reads the routes of the trigger of that path.

    Raises:
        WrongRouteError: there is none, or one is not a route, or one is there twice.
    """
    if isinstance(given, str) or not given:
        _refuse(trigger, repr(given), "a list with one route or more")
    routes = [_route(trigger, text) for text in given]
    for index, route in enumerate(routes):
        if route in routes[:index]:
            _refuse(trigger, f"{given[index]!r} twice", _ALLOWED)
    return routes


def _route(trigger: object, text: str) -> Route:
    if text == DEFAULT:
        return Route("ANY", None)
    method, _, path = text.partition(" ") if isinstance(text, str) else ("", "", "")
    if method not in METHODS or not _is_path(path):
        _refuse(trigger, repr(text), _ALLOWED)
    return Route(method, path)


def _is_path(path: str) -> bool:
    first, *segments = path.split("/")
    if first or not segments:
        return False
    names = re.findall(rf"\{{({_NAME})\+?\}}", path)
    return (
        all(_SEGMENT.fullmatch(each) for each in segments[:-1])
        and _LAST_SEGMENT.fullmatch(segments[-1]) is not None
        and len(set(names)) == len(names)
    )


def _refuse(trigger: object, received: str, allowed: str) -> None:
    raise WrongRouteError(
        f"{trigger} has a route that API Gateway does not take",
        received=received,
        allowed=allowed,
        change="correct routes, or leave them out to send every request to the function",
    )
