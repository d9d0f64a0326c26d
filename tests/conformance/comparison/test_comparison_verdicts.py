"""When a case is as it should be: the suite can fail."""

from tests.conformance.comparison.comparing import Compared, wrong_where_different
from tests.conformance.comparison.model import Case, Event, Scenario

_SCENARIO = Scenario("a scenario that right.json does not know", "values.echo", ())


def _compared(theirs: dict[str, str], ours: dict[str, str], why: str = "") -> Compared:
    return Compared(Case("J6", "a claim", (Event(),), why), _SCENARIO, theirs, ours)


def test_fields_that_are_the_same_are_right() -> None:
    assert _compared({"body": "1"}, {"body": "1"}).wrong == {}


def test_a_field_that_differs_without_a_reason_is_wrong() -> None:
    assert _compared({"body": "1"}, {"body": "2"}).wrong.keys() == {"body"}


def test_a_field_that_one_side_lacks_is_wrong() -> None:
    assert _compared({"body": "1", "exit": "1"}, {"body": "1"}).wrong.keys() == {"exit"}


def test_a_reason_where_nothing_differs_is_wrong() -> None:
    assert _compared({"body": "1"}, {"body": "1"}, "it is better").wrong.keys() == {"all fields"}


def test_a_difference_with_a_reason_is_wrong_until_what_is_right_was_reviewed() -> None:
    assert _compared({"body": "1"}, {"body": "2"}, "it is better").wrong.keys() == {"body"}


def test_what_differs_as_it_should_is_right() -> None:
    assert wrong_where_different({"body": "2", "exit": None}, {"body": "2", "exit": None}) == {}


def test_another_value_than_the_right_one_is_wrong() -> None:
    assert wrong_where_different({"body": "3"}, {"body": "2"}).keys() == {"body"}


def test_a_field_that_should_differ_and_does_not_is_wrong() -> None:
    assert wrong_where_different({}, {"body": "2"}).keys() == {"body"}
