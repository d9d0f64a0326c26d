"""What was written lately and is kept to be sent again."""

from collections.abc import Iterator

import pytest
from reported import report


class Writer:
    """Writes texts of two parts, and counts them."""

    def __init__(self) -> None:
        self.written = 0

    def __call__(self) -> Iterator[str]:
        self.written += 1
        yield "head, "
        yield "rows"


@pytest.fixture
def writer() -> Writer:
    return Writer()


def test_a_text_is_written_once(writer: Writer) -> None:
    kept = report.kept.Kept()
    assert [list(kept.parts("a", writer)) for _ in range(2)] == [["head, ", "rows"]] * 2
    assert writer.written == 1


def test_a_text_under_another_tag_is_another_text(writer: Writer) -> None:
    kept = report.kept.Kept()
    for tag in "ab":
        list(kept.parts(tag, writer))
    assert writer.written == 2


def test_a_text_that_was_not_taken_whole_is_not_kept(writer: Writer) -> None:
    kept = report.kept.Kept()
    abandoned = kept.parts("a", writer)
    next(abandoned)
    abandoned.close()
    assert "".join(kept.parts("a", writer)) == "head, rows"


def test_the_oldest_makes_room(writer: Writer) -> None:
    kept = report.kept.Kept(most=25)
    for tag in "abc":
        list(kept.parts(tag, writer))
    list(kept.parts("c", writer))
    assert writer.written == 3
    list(kept.parts("a", writer))
    assert writer.written == 4


def test_what_is_too_large_displaces_nothing(writer: Writer) -> None:
    kept = report.kept.Kept(most=15)
    list(kept.parts("small", writer))
    list(kept.parts("large", lambda: iter(["x" * 16])))
    list(kept.parts("small", writer))
    assert writer.written == 1
