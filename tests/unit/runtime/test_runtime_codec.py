"""JSON in and out is what ``json`` makes of it, without importing it."""

import json
from typing import Any

import pytest
from awslambdaric.lambda_runtime_exception import FaultException
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller
from hypothesis import given
from hypothesis import strategies as st
from thaw_runtime.codec import MarshalError, UnmarshalError, decode, encode

pytestmark = pytest.mark.usefixtures("either_way")

TEXT = st.text(st.characters(categories=["Cs"]) | st.characters(), max_size=20)  # with lone surrogates
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=15,
)
KEYS = TEXT | st.integers() | st.booleans() | st.none() | st.floats()
BLANKS = st.text(" \t\r\n", max_size=3)


@given(
    VALUES,
    BLANKS,
    BLANKS,
    st.fixed_dictionaries({"ensure_ascii": st.booleans(), "indent": st.sampled_from([None, 2])}),
)
def test_a_document_is_read_as_json_reads_it(
    value: Any, before: str, after: str, style: dict[str, Any]
) -> None:
    text = before + json.dumps(value, **style) + after
    body = text.encode("utf-8", "backslashreplace")
    assert decode(body) == json.loads(body)


@given(VALUES | st.dictionaries(KEYS, VALUES, max_size=4) | st.tuples(VALUES, VALUES))
def test_a_value_is_written_as_json_writes_it(value: Any) -> None:
    assert encode(value) == json.dumps(value).encode()


@given(VALUES)
def test_what_was_written_is_read_back(value: Any) -> None:
    assert decode(encode(value)) == value


@given(st.text(max_size=30) | st.text('{}[]",:0123456789.eE+-truefalsnNaI \\', max_size=12))
def test_a_document_is_refused_where_json_refuses_it(text: str) -> None:
    """NaN and Infinity aside, which ``json`` takes and the standard does not."""
    try:
        expected = json.loads(text, parse_constant=_refuse)
    except ValueError:
        with pytest.raises(UnmarshalError):
            decode(text.encode("utf-8", "surrogatepass"))
    else:
        assert decode(text.encode()) == expected


@given(st.text('{}[]",:0123456789.eE+-truefalsnNaIiy\\u ö\ud800\ufeff\t\n', max_size=8) | st.text(max_size=8))
def test_a_document_is_read_or_refused_as_by_awss_runtime(text: str) -> None:
    body = text.encode("utf-8", "surrogatepass")
    try:
        expected = LambdaMarshaller().unmarshal_request(body)
    except FaultException:
        with pytest.raises(UnmarshalError):
            decode(body)
    else:
        assert decode(body) == expected


def _refuse(name: str) -> None:
    raise ValueError(name)


@given(st.binary(max_size=20))
def test_any_bytes_are_a_value_or_an_unmarshal_error(body: bytes) -> None:
    try:
        value = decode(body)
    except UnmarshalError as error:
        assert str(error).startswith("Unable to unmarshal input: ")  # noqa: PT017 - either outcome is right
    else:
        assert value == json.loads(body.decode("utf-8-sig"))


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (rb'"\ud800"', "\ud800"),
        (rb'"\ud83d\ude00"', "\U0001f600"),
        (b"1e400", float("inf")),
        (b"-0.0", -0.0),
        (b" [] \n", []),
    ],
)
def test_what_json_allows_at_its_edges_is_read(body: bytes, value: Any) -> None:
    assert decode(body) == value


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Expecting value: line 1 column 1 (char 0)"),
        (b"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (b"{} {}", "Extra data: line 1 column 4 (char 3)"),
        (b'"a\nb"', "Invalid control character at: line 1 column 3 (char 2)"),
        (b"NaN", "NaN is not JSON"),
        (b"[Infinity]", "Infinity is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        ('"a"'.encode("utf-16"), "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
    ],
)
def test_what_is_not_json_is_refused_in_the_words_of_json(body: bytes, reason: str) -> None:
    with pytest.raises(UnmarshalError) as caught:
        decode(body)
    assert str(caught.value) == f"Unable to unmarshal input: {reason}"


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 200_000, b"9" * 5000])
def test_what_python_cannot_hold_is_an_unmarshal_error(body: bytes) -> None:
    with pytest.raises(UnmarshalError):
        decode(body)


@pytest.mark.parametrize(
    ("value", "document"),
    [
        (float("nan"), b"NaN"),
        (float("-inf"), b"-Infinity"),
        ((1, 2), b"[1, 2]"),
        ({1: "a", None: "b", False: "c", 1.5: "d"}, b'{"1": "a", "null": "b", "false": "c", "1.5": "d"}'),
        ("\ud800ö", rb'"\ud800\u00f6"'),
    ],
)
def test_what_json_dumps_takes_beyond_the_standard_is_written(value: Any, document: bytes) -> None:
    assert encode(value) == document


class Unwritable:
    """Has no form in JSON."""


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (Unwritable(), "Object of type Unwritable is not JSON serializable"),
        ({"a": [{1, 2}]}, "Object of type set is not JSON serializable"),
        ([bytearray(b"a")], "Object of type bytearray is not JSON serializable"),
        ({(1,): 1}, "keys must be str, int, float, bool or None, not tuple"),
    ],
)
def test_what_has_no_form_in_json_is_a_marshal_error(value: Any, reason: str) -> None:
    with pytest.raises(MarshalError) as caught:
        encode(value)
    assert str(caught.value) == f"Unable to marshal response: {reason}"


def test_beyond_ascii_a_value_is_written_in_utf_8_where_that_is_asked_for() -> None:
    assert encode({"ä": "\x7f\u2028"}, ascii_only=False) == '{"ä": "\x7f\u2028"}'.encode()


def test_a_lone_surrogate_is_escaped_where_utf_8_is_asked_for() -> None:
    """AWS's runtime ends on one, and with it the environment."""
    assert encode("ä\ud800", ascii_only=False) == rb'"\u00e4\ud800"'


def test_a_value_that_contains_itself_is_a_marshal_error() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(MarshalError, match="Circular reference detected"):
        encode(value)


def test_a_value_too_deep_for_the_encoder_is_a_marshal_error() -> None:
    value: list[Any] = []
    for _ in range(200_000):
        value = [value]
    with pytest.raises(MarshalError):
        encode(value)
