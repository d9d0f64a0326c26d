"""Configuration files: what is refused, and that the line of every key is known."""

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from thaw_runtime.config_document import DocumentError, Path, parse

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(), VALUES, max_size=5)


def places(value: Any, path: Path = ()) -> list[Path]:
    """Every path within a value, in the order in which JSON writes them."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [each for key, one in inner for each in [(*path, key), *places(one, (*path, key))]]


@given(OBJECTS, st.sampled_from([None, 1]))
def test_any_json_object_is_read_as_the_standard_library_reads_it(
    value: dict[str, Any], indent: int | None
) -> None:
    text = json.dumps(value, indent=indent)
    assert parse(text.encode(), "x.json").values == json.loads(text)


@given(OBJECTS)
def test_with_one_value_on_a_line_each_key_is_on_the_next_one(value: dict[str, Any]) -> None:
    document = parse(json.dumps(value, indent=1).encode(), "x.json")
    lines = [document.line_of(path) for path in places(value)]
    assert None not in lines
    # A key or an item begins a line; only a closing bracket has one of its own.
    assert lines == sorted(set(lines))


@given(OBJECTS)
def test_a_path_that_a_file_does_not_have_has_no_line(value: dict[str, Any]) -> None:
    document = parse(json.dumps(value).encode(), "x.json")
    assert document.line_of(("a", "path", "of", "five", "parts", "at", "least", "x")) is None


@given(st.binary() | st.text().map(str.encode), st.sampled_from(["x.json", "x.toml"]))
def test_whatever_bytes_a_file_has_it_is_read_or_refused(content: bytes, name: str) -> None:
    with suppress(DocumentError):
        assert isinstance(parse(content, name).values, dict)


@given(OBJECTS, st.data())
def test_a_file_that_is_cut_off_is_refused_in_one_of_its_lines(
    value: dict[str, Any], data: st.DataObject
) -> None:
    text = json.dumps(value, indent=1)
    cut = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises(DocumentError) as caught:
        parse(text[:cut].encode(), "x.json")
    assert caught.value.line in range(1, text.count("\n") + 2)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.json", "", "x.json, line 1, column 1: Expecting value"),
        ("x.json", "[1]", "x.json, line 1: the file holds no object at its top"),
        ("x.json", "null", "x.json, line 1: the file holds no object at its top"),
        (
            "x.json",
            '{\n "a": {\n  "b": tru\n }\n}',
            "x.json, line 3, column 8, key a.b: Expecting value",
        ),
        ("x.json", '{"a": 1,}', "x.json, line 1, column 9, key a: "),
        ("x.json", '{"a": 1\n "b": 2}', "x.json, line 2, column 2, key a: Expecting ',' delimiter"),
        ("x.json", '{"a": [1, {"b": }]}', "x.json, line 1, column 17, key a.1.b: Expecting value"),
        ("x.json", '{"a": NaN}', "x.json: NaN is not JSON"),
        ("x.json", '{"a": -Infinity}', "x.json: -Infinity is not JSON"),
        (
            "x.json",
            '{\n "a": {"b": 1,\n  "c": 2,\n  "b": 3}\n}',
            "x.json, line 4, key a.b: the key is there twice, first in line 2",
        ),
        (
            "x.json",
            '{"a": [{"b": 1}, {"b": 1, "\\u0062": 2}]}',
            "x.json, line 1, key a.1.b: the key is there twice, first in line 1",
        ),
        ("x.json", '{"a": ' + "[" * 100_000, "x.json: nested too deeply"),
        ("x.toml", "a = 1\nb = \n", "x.toml, line 2, column 5: Invalid value"),
        ("x.toml", "a = 1\na = 2\n", "x.toml, line 2, column 6: Cannot overwrite a value"),
        ("x.toml", 'a = """', "x.toml, line 1: Unterminated string"),
        (
            "x.toml",
            "[a]\n\nb = 1\nc = 2026-11-21\n",
            "x.toml, line 4, key a.c: a date, a time or a number that is none",
        ),
        (
            "x.toml",
            "a = [1,\n 2,\n inf]\n",
            "x.toml, line 1, key a.2: a date, a time or a number that is none",
        ),
    ],
)
def test_what_is_malformed_is_refused_with_its_place(name: str, text: str, said: str) -> None:
    with pytest.raises(DocumentError, match=re.escape(said)):
        parse(text.encode(), name)


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    with pytest.raises(DocumentError, match=r"x\.json, line 2: the bytes are not UTF-8"):
        parse(b'{"a":\n "\xff"}', "x.json")


def test_a_byte_order_mark_is_no_part_of_the_file() -> None:
    assert parse(b'\xef\xbb\xbf{"a": 1}', "x.json").values == {"a": 1}


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 1),
        (("database",), 4),
        (("database", "host"), 5),
        (("database", "ports"), 6),
        (("database", "ports", 1), 6),
        (("text",), None),
        (("database", "text"), 11),
        (("servers", 1, "name"), 17),
    ],
)
def test_a_statement_of_toml_has_the_line_where_it_begins(path: Path, line: int | None) -> None:
    text = (
        'title = "x"\n'
        "\n"
        "# the database\n"
        "[database]\n"
        'host = "db"\n'
        "ports = [\n"
        "  1,\n"
        "  2,\n"
        "]\n"
        "\n"
        'text = """\n'
        "[no.table]\n"
        '"""\n'
        "[[servers]]\n"
        'name = "a"\n'
        "[[servers]]\n"
        'name = "b"\n'
    )
    assert parse(text.encode(), "x.toml").line_of(path) == line


def test_an_error_shows_no_value() -> None:
    with pytest.raises(DocumentError) as caught:
        parse(b'{"password": "hunter2" "host": 1}', "x.json")
    assert "hunter2" not in str(caught.value)
