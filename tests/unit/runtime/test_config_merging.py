"""How layers lie over each other, whatever they hold."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from thaw_runtime.config_errors import ConfigError
from thaw_runtime.config_tree import (
    Leaf,
    Node,
    Origin,
    Tree,
    concealed,
    leaves,
    merged,
    node_at,
    node_of,
    tree_at,
)
from thaw_runtime.config_values import Secret

KEYS = st.sampled_from("abc")
SCALARS = st.none() | st.integers(0, 3) | st.text(max_size=2) | st.lists(st.integers(0, 3), max_size=2)


@st.composite
def leaf(draw: st.DrawFn) -> Leaf:
    is_text = draw(st.booleans())
    value = draw(st.text(max_size=2) if is_text else SCALARS)
    secret = draw(st.booleans())
    return Leaf(Secret(value) if secret else value, Origin("layer", "x"), (), is_text=is_text)


TREES = st.recursive(leaf(), lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=8).filter(
    lambda node: isinstance(node, dict)
)


def plain(node: Node) -> Any:
    """Everything that a node has, in a form that can be compared."""
    if isinstance(node, dict):
        return {key: plain(inner) for key, inner in node.items()}
    return (node.value, node.is_text, node.likeness, node.is_secret)


def outcome(*layers: Any) -> Any:
    """The layers merged, from the left; None where they contradict each other."""
    result = layers[0]
    for layer in layers[1:]:
        try:
            result = None if result is None or layer is None else merged(result, layer)
        except ConfigError:
            return None
    return None if result is None else plain(result)


def over(lower: Tree, upper: Tree) -> Tree | None:
    try:
        return merged(lower, upper)
    except ConfigError:
        return None


@given(TREES, TREES, TREES)
def test_it_makes_no_difference_which_two_of_three_layers_are_merged_first(a: Tree, b: Tree, c: Tree) -> None:
    assert outcome(a, b, c) == outcome(a, over(b, c))


@given(TREES)
def test_an_empty_layer_changes_nothing(tree: Tree) -> None:
    assert outcome(tree, {}) == outcome({}, tree) == plain(tree)


@given(TREES, TREES)
def test_the_last_layer_wins(lower: Tree, upper: Tree) -> None:
    result = over(lower, upper)
    for path, each in leaves(upper) if result is not None else ():
        found = node_at(result or {}, path)
        assert isinstance(found, Leaf)
        assert found.origin is each.origin


@given(TREES, TREES)
def test_what_only_one_layer_has_stays(lower: Tree, upper: Tree) -> None:
    result = over(lower, upper)
    for path, each in leaves(lower) if result is not None else ():
        if node_at(upper, path) is None:
            assert node_at(result or {}, path) is each


@given(TREES, TREES)
def test_neither_layer_is_changed_and_no_section_is_shared(lower: Tree, upper: Tree) -> None:
    before = plain(lower), plain(upper)
    result = over(lower, upper)
    if result is not None:
        clear(result)
    assert (plain(lower), plain(upper)) == before


def clear(tree: Tree) -> None:
    for inner in tree.values():
        if isinstance(inner, dict):
            clear(inner)
    tree.clear()


@given(TREES, TREES)
def test_what_lies_over_a_secret_is_one(lower: Tree, upper: Tree) -> None:
    result = over(lower, upper)
    for path, each in leaves(lower) if result is not None else ():
        found = node_at(result or {}, path)
        assert not each.is_secret or (isinstance(found, Leaf) and found.is_secret)


@given(TREES)
def test_concealing_the_top_leaves_nothing_to_see(tree: Tree) -> None:
    assert all(each.is_secret for _, each in leaves(concealed(tree, ())))


def test_concealing_a_key_leaves_its_neighbours_as_they_are() -> None:
    tree = node_of({"a": {"b": 1, "c": 2}, "d": 3}, Origin("layer", "x"))
    assert [path for path, each in leaves(concealed(tree, ("a", "b"))) if each.is_secret] == [("a", "b")]


def test_lists_are_replaced_whole() -> None:
    origin = Origin("layer", "x")
    result = over({"a": Leaf([1, 2], origin, ())}, {"a": Leaf([3], origin, ())})
    assert result is not None
    assert plain(result["a"])[0] == [3]


def test_a_value_and_a_section_contradict_each_other_and_both_places_are_named() -> None:
    lower = tree_at(("a",), Leaf(1, Origin("packaged file", "config.json"), ("a",)))
    upper = tree_at(("a", "b"), Leaf(2, Origin("override", "s3://b/k"), ("a", "b")))
    with pytest.raises(
        ConfigError, match=r"a: packaged file config.json has a value where the section of override s3://b/k"
    ):
        merged(lower, upper)


def test_a_leaf_shows_a_secret_nowhere() -> None:
    assert "hunter2" not in repr({"a": Leaf(Secret("hunter2"), Origin("secret", "x"), ())})
