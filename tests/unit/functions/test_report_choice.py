"""What a query string asks for."""

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reported import report, result

Choice, ChoiceError = report.choice.Choice, report.choice.ChoiceError

CHOICES = st.builds(
    Choice,
    runtime=st.none() | st.text(min_size=1, max_size=100).filter(str.isprintable),
    package=st.sampled_from((None, "zip", "image")),
    memory=st.none() | st.integers(128, 10_240),
    architecture=st.sampled_from((None, "x86_64", "arm64")),
    source=st.sampled_from((None, "thaw-bench", "lambda-perf")),
)


def test_without_a_query_everything_is_shown() -> None:
    results = [result(), result(memory_mb=128), result(source="lambda-perf")]
    assert Choice.of("").among(results) == results


@pytest.mark.parametrize(
    "query",
    ["runtime=python3.13", "runtime=Python+3.13", "memory=512", "package=zip", "architecture=x86_64", "source=thaw-bench"],
)  # fmt: skip
def test_a_parameter_keeps_what_is_like_it(query: str) -> None:
    other = result(
        runtime="go", display="Go", memory_mb=128, package="image", architecture="arm64", source="lambda-perf"
    )
    assert Choice.of(query).among([other, result()]) == [result()]


def test_an_empty_value_asks_for_nothing() -> None:
    assert Choice.of("runtime=&memory=&package=&architecture=&source=") == Choice()


@given(CHOICES)
def test_a_choice_is_read_back_from_its_own_query(choice: object) -> None:
    assert Choice.of(choice.query) == choice  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ("colour=red", "allowed are runtime, package, memory, architecture, source"),
        ("memory=lots", "allowed is a whole number of MB from 128 to 10240"),
        ("memory=127", "from 128 to 10240"),
        ("memory=10241", "from 128 to 10240"),
        ("memory=512.0", "a whole number"),
        ("memory=%D9%A5%D9%A1%D9%A2", "a whole number"),  # 512 in Arabic digits
        ("memory=" + "9" * 5000, "a whole number"),
        ("package=jar", "allowed are zip and image"),
        ("architecture=riscv", "allowed are x86_64 and arm64"),
        ("source=hearsay", "allowed are thaw-bench and lambda-perf"),
        ("runtime=a%00b", "1 to 100 printable characters"),
        ("runtime=" + "a" * 101, "1 to 100 printable characters"),
        ("memory=512&memory=128", "one value is allowed"),
        ("runtime=%FF", "not UTF-8"),
        ("&".join(f"a{n}=1" for n in range(21)), "more than 20 fields"),
    ],
)
def test_what_is_not_allowed_is_told_what_is(query: str, allowed: str) -> None:
    with pytest.raises(ChoiceError, match=allowed):
        Choice.of(query)


@given(st.text() | st.dictionaries(st.text(), st.text()).map(urlencode))
def test_any_query_is_a_choice_or_an_error_of_one_short_line(query: str) -> None:
    try:
        Choice.of(quote(query, safe="&=+%;"))
        said = ""
    except ChoiceError as error:
        said = str(error)
    assert said.isprintable()
    assert len(said) < 300
