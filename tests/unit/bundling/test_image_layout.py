"""How memory is cut into what the file holds and what is mapped empty."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.bundling.image import SHORTEST_HOLE, ImageError, RawImage, _elf_flags, _runs


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_runs_cover_every_page_once_and_in_order(emptiness: list[bool]) -> None:
    assert sum(count for _, count in _runs(emptiness)) == len(emptiness)


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_no_page_that_holds_something_is_in_a_hole(emptiness: list[bool]) -> None:
    at = 0
    for hole, count in _runs(emptiness):
        assert not hole or all(emptiness[at : at + count])
        at += count


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_neighbouring_runs_differ(emptiness: list[bool]) -> None:
    kinds = [hole for hole, _ in _runs(emptiness)]
    assert all(one != other for one, other in pairwise(kinds))


def test_short_holes_stay_in_the_file() -> None:
    short, long = [True] * (SHORTEST_HOLE - 1), [True] * SHORTEST_HOLE
    assert list(_runs([False, *short, False, *long])) == [(False, SHORTEST_HOLE + 1), (True, SHORTEST_HOLE)]


def test_protections_are_written_as_elf_counts_them() -> None:
    assert [_elf_flags(protection) for protection in (1, 3, 5)] == [4, 6, 5]


@pytest.mark.parametrize(
    "data", [b"", b"thaw raw image\n", b"\x7fELF" + bytes(200)], ids=["empty", "cut off", "ELF"]
)
def test_a_file_that_is_no_raw_image_is_an_error(data: bytes) -> None:
    with pytest.raises(ImageError, match="THAW012"):
        RawImage(data)
