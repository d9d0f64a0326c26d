"""When what was read of the environment at build time still holds, and what is said when it does not."""

from hypothesis import given
from hypothesis import strategies as st
from thaw_runtime.snapshot import Recorded

# What a process's environment can hold: any bytes, those that are no text as os.fsdecode shows them.
NAMES = st.binary(min_size=1, max_size=8).filter(lambda name: b"=" not in name and b"\0" not in name)
VALUES = st.binary(max_size=8).filter(lambda value: b"\0" not in value)


def text(variables: dict[bytes, bytes]) -> dict[str, str]:
    return {
        name.decode(errors="surrogateescape"): value.decode(errors="surrogateescape")
        for name, value in variables.items()
    }


ENVIRONMENTS = st.dictionaries(NAMES, VALUES, max_size=6).map(text)


def recorded(values: dict[str, str | None]) -> Recorded:
    made = Recorded()
    made.values = values
    return made


@given(ENVIRONMENTS, st.data())
def test_an_environment_with_the_same_values_of_what_was_read_holds(
    environment: dict[str, str], data: st.DataObject
) -> None:
    read = data.draw(st.sets(st.sampled_from([*environment, "ABSENT"])))
    assert recorded({name: environment.get(name) for name in read}).difference(environment) is None


@given(ENVIRONMENTS, ENVIRONMENTS)
def test_the_first_variable_that_differs_is_named_and_no_value_is(
    then: dict[str, str], now: dict[str, str]
) -> None:
    said = recorded(dict(then)).difference(now)
    different = [name for name, value in then.items() if now.get(name) != value]
    expected = [
        f"the environment variable {name} is not what it was when the snapshot was made" for name in different
    ]
    assert said == (expected[0] if expected else None)


@given(ENVIRONMENTS)
def test_what_was_not_set_at_build_time_must_not_be_set_now(environment: dict[str, str]) -> None:
    said = recorded(dict.fromkeys(environment)).difference(environment)
    assert (said is None) == (not environment)


@given(ENVIRONMENTS, NAMES)
def test_what_is_required_is_required_with_any_value(environment: dict[str, str], name: bytes) -> None:
    made = Recorded()
    required = name.decode(errors="surrogateescape")
    made.required = {required}
    said = made.difference(environment)
    assert said == (None if required in environment else f"the environment variable {required} is missing")


@given(
    st.dictionaries(st.sampled_from(["HTTP_PROXY", "https_proxy", "no_proxy", "PROXY"]), st.text(max_size=2))
)
def test_other_proxies_than_at_build_time_are_a_difference(environment: dict[str, str]) -> None:
    made = Recorded()
    made.read_proxies = True
    names_a_proxy = any(value for name, value in environment.items() if name.lower().endswith("_proxy"))
    assert (made.difference(environment) is not None) == names_a_proxy
