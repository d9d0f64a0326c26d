"""The page of errors has all of them: every class of error and every check, with cause and fix."""

from collections import Counter

import pytest

from docs.tools.errors import PAGE, Entry, entries, written

UPDATE = "run `python -m docs.tools.errors`, then say in docs/errors.md what to do about each new error"


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text()


@pytest.fixture(scope="module")
def every(page: str) -> list[Entry]:
    return entries(page)


def test_every_error_and_check_is_on_the_page_as_the_code_has_it(page: str, every: list[Entry]) -> None:
    missing = [f"{entry.id} {entry.name}" for entry in every if f"{entry}\n" not in page]
    assert missing == [], UPDATE


def test_nothing_else_is_on_the_page(page: str) -> None:
    assert written(page) == page, UPDATE


def test_every_entry_says_its_cause_and_what_to_do(every: list[Entry]) -> None:
    silent = [f"{entry.id} {entry.name}" for entry in every if not (entry.cause and entry.fix)]
    assert silent == [], UPDATE


def test_no_id_means_two_things(every: list[Entry]) -> None:
    twice = [id_ for id_, count in Counter(entry.id for entry in every).items() if count > 1]
    assert [(entry.id, entry.name) for entry in every if entry.id in twice] == []
