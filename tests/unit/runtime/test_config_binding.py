"""What values become of the types that a dataclass asks for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, make_dataclass
from enum import Enum, IntEnum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from thaw_runtime.config_binding import Binding, require_class
from thaw_runtime.config_document import Document
from thaw_runtime.config_tree import Leaf, Origin, Tree, merged, node_of
from thaw_runtime.config_values import Configuration, Secret


class Level(Enum):
    INFO = "info"
    WARN = "warn"


class Size(IntEnum):
    SMALL = 1


@dataclass(frozen=True)
class Server:
    host: str
    port: int = 80


def tree(value: Any, *, is_text: bool = False, secret: bool = False) -> Tree:
    if is_text or secret:
        hidden = Secret(value) if secret else value
        return {"key": Leaf(hidden, Origin("layer", "x"), ("key",), is_text=is_text)}
    found = node_of({"key": value}, Origin("layer", "x"))
    assert isinstance(found, dict)
    return found


def bound(hint: Any, found: Tree) -> tuple[Any, list[str]]:
    """The value of the field ``key`` of such a type, and the problems."""
    binding = Binding()
    kind = make_dataclass("Kind", [("key", hint)], frozen=True)
    require_class(kind)
    instance = binding.instance(kind, found)
    return (None if instance is None else instance.key), binding.problems


@pytest.mark.parametrize(
    ("hint", "value", "expected"),
    [
        (str, "x", "x"),
        (int, 3, 3),
        (float, 3, 3.0),
        (float, 1.5, 1.5),
        (bool, True, True),
        (None, None, None),
        (int | None, None, None),
        (int | str, "3", "3"),
        (Literal["a", 1], 1, 1),
        (Level, "warn", Level.WARN),
        (Size, 1, Size.SMALL),
        (tuple[int, ...], [1, 2], (1, 2)),
        (tuple[int, str], [1, "x"], (1, "x")),
        (tuple[Server, ...], [{"host": "a"}, {"host": "b", "port": 1}], (Server("a"), Server("b", 1))),
        (Server, {"host": "a"}, Server("a")),
        (Server | None, {"host": "a"}, Server("a")),
        (Mapping[str, int], {"a": 1, "b.c": 2}, Configuration({"a": 1, "b.c": 2})),
        (Mapping[str, Server], {"a": {"host": "x"}}, Configuration({"a": Server("x")})),
        (Secret[str], "x", Secret("x")),
        (Secret[Server], {"host": "a"}, Secret(Server("a"))),
        (Any, {"a": [1, {"b": None}]}, Configuration({"a": (1, Configuration({"b": None}))})),
    ],
)
def test_a_value_of_json_becomes_the_type_asked_for(hint: Any, value: Any, expected: Any) -> None:
    result, problems = bound(hint, tree(value))
    assert problems == []
    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("hint", "text", "expected"),
    [
        (str, "3", "3"),
        (int, "-3", -3),
        (float, "1e3", 1000.0),
        (bool, "True", True),
        (bool, "false", False),
        (int | None, "", None),
        (int | str, "3", 3),
        (str | None, "null", None),
        (Level, "warn", Level.WARN),
        (Size, "1", Size.SMALL),
        (Literal["a", 1], "1", 1),
        (tuple[str, ...], "a, b", ("a", "b")),
        (tuple[int, ...], "1,2", (1, 2)),
        (tuple[int, ...], "[1, 2]", (1, 2)),
        (tuple[int, ...], "", ()),
        (Mapping[str, int], '{"a": 1}', Configuration({"a": 1})),
        (Server, '{"host": "a"}', Server("a")),
        (Secret[int], "3", Secret(3)),
    ],
)
def test_text_becomes_the_type_asked_for(hint: Any, text: str, expected: Any) -> None:
    result, problems = bound(hint, tree(text, is_text=True))
    assert problems == []
    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("hint", "value", "problem"),
    [
        (str, 3, "must be text, not a whole number"),
        (int, "3", "must be a whole number, not text"),
        (int, True, "must be a whole number, not true or false"),
        (int, 3.0, "must be a whole number, not a number"),
        (bool, 1, "must be true or false, not a whole number"),
        (float, None, "must be a number, not null"),
        (Level, "error", 'must be one of "info", "warn", not text'),
        (Literal[1], True, "must be one of 1, not true or false"),
        (tuple[int, ...], "1", "must be a list, not text"),
        (tuple[int, int], [1], "must be a list of 2, not of 1"),
        (Server, [], "must be a section, not a list"),
        (str, {"a": 1}, "must be text, not a section"),
        (Mapping[str, int], 1, "must be a section, not a whole number"),
        (int | bool, "x", "must be a whole number or true or false"),
    ],
)
def test_a_value_of_another_type_is_a_problem_that_names_both(hint: Any, value: Any, problem: str) -> None:
    assert bound(hint, tree(value))[1] == [f"key (layer x): {problem}"]


@pytest.mark.parametrize(
    ("hint", "text", "problem"),
    [
        (int, "3.5", "must be a whole number"),
        (int, "0x10", "must be a whole number"),
        (int, "\N{ARABIC-INDIC DIGIT THREE}", "must be a whole number"),
        (float, "nan", "must be a number"),
        (bool, "yes", "must be true or false"),
        (Level, "INFO", 'must be one of "info", "warn"'),
        (Server, "db:5432", "must be JSON for a section"),
        (tuple[int, ...], "[1", "must be JSON for a list"),
    ],
)
def test_text_of_another_form_is_a_problem_that_does_not_repeat_it(
    hint: Any, text: str, problem: str
) -> None:
    assert bound(hint, tree(text, is_text=True))[1] == [f"key (layer x): {problem}"]


@pytest.mark.parametrize("hint", [str, int, Any, str | None, Level])
def test_a_secret_goes_into_a_field_that_is_declared_so_and_into_no_other(hint: Any) -> None:
    result, problems = bound(hint, tree("hunter2", secret=True))
    if hint is Any:
        assert result == Secret("hunter2")
    else:
        assert len(problems) == 1
        assert "hunter2" not in problems[0]


def test_a_problem_within_a_secret_does_not_show_it() -> None:
    _, problems = bound(Secret[int], tree("hunter2", secret=True))
    assert problems == ["key (layer x): must be a whole number, not text"]


def test_all_problems_are_told_at_once_each_with_file_line_and_key() -> None:
    @dataclass(frozen=True)
    class Pool:
        servers: tuple[Server, ...]
        level: Level
        size: int

    text = '{\n "servers": [\n  {"host": 1},\n  {"port": 2}\n ],\n "level": "x"\n}'
    values = json.loads(text)
    found = node_of(values, Origin("override", "c.json", Document("c.json", text, values)))
    binding = Binding()
    assert binding.instance(Pool, found) is None  # type: ignore[arg-type]
    assert binding.problems == [
        "servers.0.host (override c.json, line 3): must be text, not a whole number",
        "servers.1.host is missing",
        'level (override c.json, line 6): must be one of "info", "warn", not text',
        "size is missing",
    ]


def test_a_default_stands_for_what_no_layer_has() -> None:
    @dataclass(frozen=True)
    class Defaults:
        server: Server = field(default_factory=lambda: Server("default"))
        name: str = "x"

    assert Binding().instance(Defaults, {}) == Defaults(Server("default"), "x")


def test_a_section_of_defaults_need_not_be_in_any_layer() -> None:
    @dataclass(frozen=True)
    class Section:
        name: str = "x"

    @dataclass(frozen=True)
    class Whole:
        section: Section

    assert Binding().instance(Whole, {}) == Whole(Section())


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        (list[int], "Kind.key has a type that cannot be read"),
        (dict[str, int], "Kind.key has a type that cannot be read"),
        (Mapping[int, int], "Kind.key has a type that cannot be read"),
        (bytes, "Kind.key has a type that cannot be read"),
        (tuple[list[int], ...], "Kind.key has a type that cannot be read"),
        (make_dataclass("Open", ["x"]), "Open can be changed: declare it @dataclass\\(frozen=True\\)"),
    ],
)
def test_a_type_that_could_be_changed_or_means_nothing_is_refused(hint: Any, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        require_class(make_dataclass("Kind", [("key", hint)], frozen=True))


@pytest.mark.parametrize("kind", [dict, Server("x"), "Server"])
def test_only_a_dataclass_can_be_asked_for(kind: Any) -> None:
    with pytest.raises(TypeError, match="takes a frozen dataclass"):
        require_class(kind)


@pytest.mark.parametrize(
    ("lower", "text", "expected"),
    [
        (3, "5", 5),
        (3, "0.5", 0.5),
        (1.5, "5", 5),
        (True, "false", False),
        ("3", "5", "5"),
        (None, "5", "5"),
        ([1], "a,b", ("a", "b")),
        ([1], "[2]", (2,)),
    ],
)
def test_text_becomes_like_what_it_replaces_where_no_type_is_asked_for(
    lower: Any, text: str, expected: Any
) -> None:
    binding = Binding()
    result = binding.untyped(merged(tree(lower), tree(text, is_text=True)))
    assert binding.problems == []
    assert (result.key, type(result.key)) == (expected, type(expected))


def test_text_that_is_not_like_what_it_replaces_is_a_problem() -> None:
    binding = Binding()
    binding.untyped(merged(tree(3), tree("many", is_text=True)))
    assert binding.problems == ["key (layer x): must be a whole number or a number"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_whatever_the_layers_have_the_result_can_be_hashed_so_nothing_in_it_can_be_changed(
    value: dict[str, Any],
) -> None:
    found = node_of(value, Origin("layer", "x"))
    hash(Binding().untyped(found))
