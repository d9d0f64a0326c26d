"""Routes as text: what API Gateway takes, and what it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.triggers.errors import WrongRouteError
from constructs_lib.triggers.routes import METHODS, Route, routes_of

PLACE = "Stack/Trigger"


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("$default", Route("ANY", None)),
        ("GET /", Route("GET", "/")),
        ("GET /items/{id}", Route("GET", "/items/{id}")),
        ("ANY /{proxy+}", Route("ANY", "/{proxy+}")),
        ("POST /a/b/", Route("POST", "/a/b/")),
        ("DELETE /items/{item-id}/tags/{tag}", Route("DELETE", "/items/{item-id}/tags/{tag}")),
    ],
)
def test_a_route_is_read(text: str, route: Route) -> None:
    assert routes_of(PLACE, [text]) == [route]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/items",
        "GET",
        "GET items",
        "get /items",
        "FETCH /items",
        "GET  /items",
        "GET /items//x",
        "GET /{proxy+}/x",
        "GET /{a}{b}",
        "GET /{id}/x/{id}",
        "GET /it ems",
        "GET /{}",
        "GET /x?y=1",
        "$Default",
        7,
    ],
)
def test_what_is_no_route_is_refused_with_where_it_is(text: object) -> None:
    with pytest.raises(WrongRouteError, match=r"Stack/Trigger(.|\n)*received"):
        routes_of(PLACE, [text])  # type: ignore[list-item]


@pytest.mark.parametrize("given", [[], "GET /items"])
def test_a_list_with_one_route_or_more_is_asked_for(given: list[str] | str) -> None:
    with pytest.raises(WrongRouteError, match="a list with one route or more"):
        routes_of(PLACE, given)


def test_the_same_route_twice_is_refused() -> None:
    with pytest.raises(WrongRouteError, match="'GET /a' twice"):
        routes_of(PLACE, ["GET /a", "POST /a", "GET /a"])


@given(method=st.sampled_from(METHODS), names=st.lists(st.from_regex(r"\A[a-z0-9_.-]{1,8}\Z"), max_size=5))
def test_plain_paths_of_any_depth_are_routes(method: str, names: list[str]) -> None:
    path = "/" + "/".join(names)
    assert routes_of(PLACE, [f"{method} {path}"]) == [Route(method, path)]
