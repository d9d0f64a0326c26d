"""Secrets show themselves nowhere, and a configuration cannot be changed."""

import copy
import io
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import pytest
from thaw_runtime.config_values import Configuration, Secret
from thaw_runtime.failure import Failure

TEXT = "hunter2"
SECRET = Secret(TEXT)


@dataclass(frozen=True)
class Database:
    host: str
    password: Secret[str]


DATABASE = Database("db", SECRET)
CONFIGURATION = Configuration({"database": Configuration({"password": SECRET}, "database")})


def logged(value: object) -> str:
    stream = io.StringIO()
    logger = logging.getLogger("a test of secrets")
    logger.addHandler(logging.StreamHandler(stream))
    logger.error("%s %r", value, value)
    return stream.getvalue()


@pytest.mark.parametrize(
    "value", [SECRET, DATABASE, CONFIGURATION, {"a": SECRET}, Secret[str](TEXT), Secret(Secret(TEXT))]
)
@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{!r:>40}".format,
        "%s".__mod__,
        ascii,
        pprint.pformat,
        logged,
        dir,
    ],
)
def test_a_secret_shows_itself_nowhere(show: Callable[[Any], object], value: object) -> None:
    assert TEXT not in str(show((value,) if show == "%s".__mod__ else value))


def test_a_traceback_with_local_variables_does_not_show_it() -> None:
    def fails() -> None:
        kept = DATABASE  # noqa: F841 - what the traceback would show
        raise ValueError(f"no connection with {SECRET}")

    with pytest.raises(ValueError, match="no connection with Secret") as caught:
        fails()
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    report = Failure.of(caught.value, "1").body().decode()
    assert TEXT not in "".join(shown.format())
    assert TEXT not in report


def test_its_attributes_are_no_way_to_show_it_by_accident() -> None:
    assert TEXT not in repr([getattr(SECRET, name, None) for name in Secret.__slots__])


@pytest.mark.parametrize("write", [json.dumps, pickle.dumps])
def test_it_cannot_be_written_out(write: Callable[[object], object]) -> None:
    with pytest.raises(TypeError):
        write(SECRET)


def test_it_is_revealed_to_who_asks() -> None:
    assert SECRET.reveal() == TEXT


def test_secrets_compare_by_what_they_hold_and_with_nothing_else() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert hash(Secret("a")) == hash(Secret("a"))
    assert not Secret("")


@pytest.mark.parametrize("value", [SECRET, CONFIGURATION])
def test_copies_are_the_thing_itself(value: object) -> None:
    assert copy.copy(value) is copy.deepcopy(value) is value


def test_a_dataclass_with_a_secret_can_be_made_a_dictionary() -> None:
    assert asdict(DATABASE) == {"host": "db", "password": SECRET}


@pytest.mark.parametrize("value", [SECRET, CONFIGURATION])
def test_neither_can_be_changed(value: Any) -> None:
    with pytest.raises(AttributeError):
        value.host = "x"
    with pytest.raises(AttributeError):
        del value.database
    with pytest.raises(AttributeError):
        del value._values


def test_a_section_is_read_by_name_and_by_key() -> None:
    assert CONFIGURATION.database is CONFIGURATION["database"]
    assert list(CONFIGURATION) == ["database"]
    assert dict(**CONFIGURATION) == {"database": CONFIGURATION.database}


def test_keys_that_are_also_methods_are_read_by_key() -> None:
    assert Configuration({"items": 1})["items"] == 1


def test_a_key_that_is_missing_is_named_with_those_that_are_there() -> None:
    with pytest.raises(AttributeError, match="the configuration has no key 'databse'; it has database"):
        CONFIGURATION.databse  # noqa: B018 - the access is the test
    with pytest.raises(KeyError, match="the section database has no key 'port'; it has password"):
        CONFIGURATION.database["port"]


def test_configurations_are_equal_by_what_they_hold() -> None:
    assert Configuration({"a": (1, 2)}) == Configuration({"a": (1, 2)})
    assert hash(Configuration({"a": (1, 2)})) == hash(Configuration({"a": (1, 2)}))
