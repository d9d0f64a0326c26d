"""Every value that Lambda would not take is refused, and every one that it takes passes, whatever the values are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.bundling import limits
from constructs_lib.errors import UnknownPropError, WrongPropError
from constructs_lib.functions import props
from constructs_lib.functions.operations import Operations
from tests.synthesis import new_app

import aws_cdk as cdk  # isort: skip

KNOWN = tuple(Operations.__annotations__)
DAY = 86_400
SECONDS = {"timeout": (1, 900), "max_event_age": (60, 21_600)}
NUMBERS = {
    "memory_size": (128, 10_240),
    "reserved_concurrent_executions": (0, 1_000_000),
    "retry_attempts": (0, 2),
}


def accepted(name: str, value: Any) -> bool:
    """Whether a value is taken; a refusal has to say everything that a refusal says."""
    try:
        props.check("Stack/Hello", {name: value}, KNOWN)
    except WrongPropError as error:
        complete = f"Stack/Hello: its {name} cannot be deployed" == error.what
        return not (complete and error.id == "THAW058" and error.received and error.allowed and error.change)
    return True


@pytest.mark.parametrize("name", NUMBERS)
@given(value=st.integers() | st.integers(-10, 11_000))
def test_a_number_is_taken_within_its_bounds_alone(name: str, value: int) -> None:
    low, high = NUMBERS[name]
    assert accepted(name, value) == (low <= value <= high)


@pytest.mark.parametrize("name", [*NUMBERS, *SECONDS, "ephemeral_storage_size", "layers", "environment"])
@given(value=st.text() | st.floats(allow_nan=False) | st.booleans() | st.binary())
def test_what_is_of_another_type_is_refused(name: str, value: object) -> None:
    assert not accepted(name, value)


@pytest.mark.parametrize("name", SECONDS)
@given(milliseconds=st.integers(0, DAY * 1000) | st.integers(0, DAY).map(lambda seconds: seconds * 1000))
def test_a_duration_is_taken_within_its_bounds_and_in_whole_seconds(name: str, milliseconds: int) -> None:
    low, high = SECONDS[name]
    seconds, rest = divmod(milliseconds, 1000)
    assert accepted(name, cdk.Duration.millis(milliseconds)) == (rest == 0 and low <= seconds <= high)


@given(kibibytes=st.integers(0, 20_000_000) | st.integers(0, 20_000).map(lambda size: size * 1024))
def test_a_size_is_taken_within_its_bounds_and_in_whole_megabytes(kibibytes: int) -> None:
    size, rest = divmod(kibibytes, 1024)
    expected = rest == 0 and size in limits.EPHEMERAL_STORAGE_MB
    assert accepted("ephemeral_storage_size", cdk.Size.kibibytes(kibibytes)) == expected


@given(st.from_regex(r"[a-zA-Z0-9_-]{1,64}", fullmatch=True))
def test_a_good_name_is_taken(name: str) -> None:
    assert accepted("function_name", name)


@given(st.text().filter(lambda name: not name.isascii() or not name or " " in name or "/" in name))
def test_a_bad_name_is_refused(name: str) -> None:
    assert not accepted("function_name", name)


@given(st.integers(0, 400))
def test_a_description_is_taken_up_to_its_length(length: int) -> None:
    assert accepted("description", "x" * length) == (length <= 256)


VARIABLE = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_]{1,20}", fullmatch=True).filter(
    lambda name: name not in limits.RESERVED_VARIABLES
)


@given(st.dictionaries(VARIABLE, st.text(), max_size=5))
def test_good_variables_are_taken(variables: dict[str, str]) -> None:
    assert accepted("environment", variables)


BAD_NAME = st.sampled_from(sorted(limits.RESERVED_VARIABLES)) | st.from_regex(
    r"[^a-zA-Z].*|.|.+-.+|.+é", fullmatch=True
)


@given(st.dictionaries(VARIABLE, st.text(), max_size=3), BAD_NAME)
def test_one_bad_name_among_the_variables_is_refused(variables: dict[str, str], bad: str) -> None:
    assert not accepted("environment", {**variables, bad: "blue"})


@given(st.dictionaries(VARIABLE, st.text(), max_size=3), VARIABLE, st.integers() | st.none() | st.binary())
def test_one_value_that_is_no_text_is_refused(variables: dict[str, str], name: str, value: object) -> None:
    assert not accepted("environment", {**variables, name: value})


@given(st.text(min_size=1).filter(lambda name: name not in KNOWN))
def test_a_prop_that_does_not_exist_is_refused_with_those_that_do(name: str) -> None:
    with pytest.raises(UnknownPropError) as caught:
        props.check("Stack/Hello", {name: 1}, KNOWN)
    assert (caught.value.id, caught.value.received) == ("THAW057", name)
    assert str(caught.value.allowed).split(", ") == sorted(KNOWN)


@pytest.mark.parametrize("name", KNOWN)
@given(data=st.data())
def test_a_slip_of_the_pen_is_told_what_was_meant(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(name) - 1))
    slip = name[:at] + name[at + 1 :]
    with pytest.raises(UnknownPropError) as caught:
        props.check("Stack/Hello", {slip: 1}, KNOWN)
    assert caught.value.change == f"did you mean {name}?"


def test_every_prop_has_a_rule() -> None:
    assert set(props.RULES) == set(KNOWN)


@pytest.mark.parametrize("name", [*NUMBERS, "description", "function_name"])
def test_a_token_passes(name: str) -> None:
    parameter = cdk.CfnParameter(
        cdk.Stack(new_app(), "Stack"), "Value", type="Number" if name in NUMBERS else "String"
    )
    assert accepted(name, parameter.value_as_number if name in NUMBERS else parameter.value_as_string)


@pytest.mark.parametrize("unit", ["seconds", "minutes", "hours"])
def test_a_duration_of_a_token_passes(unit: str) -> None:
    number = cdk.CfnParameter(cdk.Stack(new_app(), "Stack"), "Value", type="Number").value_as_number
    assert accepted("timeout", getattr(cdk.Duration, unit)(number))
