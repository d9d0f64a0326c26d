"""The tables against the catalogue that they are made from."""

import sys
from collections import Counter
from pathlib import Path

from tests.conformance.comparison.__main__ import portable
from tests.conformance.comparison.catalogue import ROWS, WITHOUT_CASE
from tests.conformance.comparison.comparing import compare, right
from tests.conformance.comparison.model import Case, Event, Scenario
from tests.conformance.comparison.processes import theirs
from tests.conformance.comparison.tables import TABLES, keys

_WITH_CASE = {case.row for table in TABLES.values() for scenario in table for case in scenario.cases}
_KEYS = [key for table in TABLES for key in keys(table)]


def test_every_row_has_a_case_or_a_reason_why_not() -> None:
    assert [row for row in ROWS if row not in _WITH_CASE and row not in WITHOUT_CASE] == []


def test_no_row_with_a_case_has_a_reason_why_not() -> None:
    assert sorted(_WITH_CASE & WITHOUT_CASE.keys()) == []


def test_no_case_is_of_a_row_that_is_not_there() -> None:
    assert sorted(_WITH_CASE - set(ROWS)) == []


def test_the_keys_of_cases_are_unique() -> None:
    assert [key for key, count in Counter(_KEYS).items() if count > 1] == []


def test_what_is_right_is_known_for_cases_that_there_are() -> None:
    assert sorted(right().keys() - set(_KEYS)) == []


def test_both_sides_run_on_the_same_python(tmp_path: Path) -> None:
    version = Scenario(
        "version",
        "version.handle",
        (Case("P10", "the interpreter's version", (Event(),)),),
        files={"version.py": "import sys\ndef handle(event, context): return sys.version_info[:3]\n"},
    )
    (told,) = compare([version], theirs(), portable(tmp_path), tmp_path / "functions")
    expected = str(list(sys.version_info[:3]))
    assert (told.theirs["body"], told.ours["body"]) == (expected, expected)
