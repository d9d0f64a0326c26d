"""Prefix and suffix of an object's key: what a key can have, how services are told of it, when two are in conflict."""

from fnmatch import fnmatchcase
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.triggers.errors import KeyFilterError
from constructs_lib.triggers.object_keys import KEY_BYTES, ObjectKeys, overlap

PARTS = st.text("ab/.", max_size=4)


@given(prefix=st.text("ab/?[]", min_size=1), middle=st.text("ab/"), suffix=st.text("ab.", min_size=1))
def test_prefix_and_suffix_together_match_every_key_between_them(
    prefix: str, middle: str, suffix: str
) -> None:
    pattern = ObjectKeys(prefix, suffix).pattern()
    assert pattern is not None
    glob = pattern[0]["wildcard"].replace("[", "[[]").replace("?", "[?]")
    assert fnmatchcase(prefix + middle + suffix, glob)


def test_a_star_or_a_backslash_in_a_prefix_stands_for_itself() -> None:
    assert ObjectKeys("a*\\", ".json").pattern() == [{"wildcard": "a\\*\\\\*.json"}]


def test_a_suffix_alone_matches_the_end_of_keys() -> None:
    assert ObjectKeys(suffix=".json").pattern() == [{"suffix": ".json"}]


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=200))
def test_the_rule_of_a_notification_stands_for_the_prefix_it_was_made_from(prefix: str) -> None:
    assert unquote_plus(ObjectKeys(prefix).filter_rules()["prefix"]) == prefix


def test_what_s3_takes_as_it_is_stays_readable_in_a_rule() -> None:
    assert ObjectKeys("incoming/2026-11_a!'()", ".json").filter_rules() == {
        "prefix": "incoming/2026-11_a!'()",
        "suffix": ".json",
    }


@given(one=PARTS, other=PARTS, before=PARTS, after=PARTS, rest=PARTS)
def test_two_that_a_key_meets_both_of_overlap(
    one: str, other: str, before: str, after: str, rest: str
) -> None:
    key = one + rest + other
    rules = {"prefix": key[: len(before)], "suffix": key[len(key) - len(after) :]}
    assert overlap({"prefix": one, "suffix": other}, rules)


@given(one=PARTS, other=PARTS, begin=PARTS, end=PARTS)
def test_two_that_overlap_have_a_key_in_common(one: str, other: str, begin: str, end: str) -> None:
    if overlap({"prefix": one, "suffix": other}, {"prefix": begin, "suffix": end}):
        key = max(one, begin, key=len) + max(other, end, key=len)
        assert key.startswith(one)
        assert key.startswith(begin)
        assert key.endswith(other)
        assert key.endswith(end)


def test_prefixes_of_the_same_length_do_not_overlap_unless_they_are_the_same() -> None:
    assert not overlap({"prefix": "one/"}, {"prefix": "two/"})
    assert overlap({"prefix": "one/"}, {"prefix": "one/"})


@given(one=PARTS, other=PARTS)
def test_whether_two_overlap_does_not_depend_on_their_order(one: str, other: str) -> None:
    rules, others = {"prefix": one, "suffix": other}, {"prefix": other, "suffix": one}
    assert overlap(rules, others) == overlap(others, rules)


def test_different_suffixes_keep_two_with_the_same_prefix_apart() -> None:
    assert not overlap({"prefix": "in/", "suffix": ".csv"}, {"prefix": "in/", "suffix": ".json"})


@pytest.mark.parametrize("text", ["a" * (KEY_BYTES + 1), "ö" * 513, "a\nb", "\ud800", 7, None, ["in/"]])
def test_what_no_key_can_have_is_refused_with_where_it_is(text: object) -> None:
    with pytest.raises(KeyFilterError, match=r"Stack/Trigger has a prefix that no key"):
        ObjectKeys(text).check("Stack/Trigger")  # type: ignore[arg-type]
    with pytest.raises(KeyFilterError, match="suffix"):
        ObjectKeys(suffix=text).check("Stack/Trigger")  # type: ignore[arg-type]


def test_a_prefix_that_only_the_deployment_will_know_is_taken() -> None:
    ObjectKeys("${Token[TOKEN.1]}" + "a" * KEY_BYTES).check("Stack/Trigger")
