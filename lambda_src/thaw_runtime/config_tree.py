"""Layers of configuration as trees, and how one lies over another.

A tree is a dictionary of keys to trees and leaves. A leaf replaces the one below it; objects are merged key by key; lists are
replaced whole. Where one layer has an object and another a value the two contradict each other, and that is an error: whichever
came out would depend on the order in which three layers are merged.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Union

from thaw_runtime.config_document import Document, Path, dotted
from thaw_runtime.config_errors import ConfigError
from thaw_runtime.config_values import Secret

Tree = dict[str, Union["Tree", "Leaf"]]
Node = Union["Tree", "Leaf"]


class Origin:
    """Where values come from: a layer, and in it a file, a parameter, a variable.

    Args:
        layer: its name in messages.
        name: of the file or what else it is.
        document: the file, where it is one.
    """

    __slots__ = ("_document", "layer", "name")

    def __init__(self, layer: str, name: str, document: Document | None = None) -> None:
        self.layer, self.name = layer, name
        self._document = document

    def place(self, path: Path) -> str:
        """Layer, name and line for a message."""
        line = self._document.line_of(path) if self._document else None
        return f"{self.layer} {self.name}, line {line}" if line else f"{self.layer} {self.name}"


class Leaf:
    """A value that is no object.

    Args:
        value: as JSON has it; a ``Secret`` of it where nobody may see it.
        origin: where it comes from.
        path: its keys there.
        is_text: the layer knows text only, so the value becomes what is asked for.
        likeness: the type of the lowest value that this one replaces, which text becomes if no type is asked for.
    """

    __slots__ = ("is_text", "likeness", "origin", "path", "value")

    def __init__(
        self,
        value: Any,
        origin: Origin,
        path: Path,
        *,
        is_text: bool = False,
        likeness: type[Any] | None = None,
    ) -> None:
        self.value, self.origin, self.path, self.is_text = value, origin, path, is_text
        own = value.reveal() if isinstance(value, Secret) else value
        self.likeness = likeness or (None if is_text else type(own))

    @property
    def is_secret(self) -> bool:
        """Whether nobody may see the value."""
        return isinstance(self.value, Secret)

    def over(self, lower: "Leaf") -> "Leaf":
        """This leaf in place of another one; what replaces a secret is one."""
        value = Secret(self.value) if lower.is_secret and not self.is_secret else self.value
        likeness = lower.likeness or self.likeness
        return Leaf(value, self.origin, self.path, is_text=self.is_text, likeness=likeness)

    def __repr__(self) -> str:
        return f"Leaf({self.value!r}, {self.origin.layer} {self.origin.name})"


def node_of(value: Any, origin: Origin, path: Path = ()) -> Node:
    """The tree of an object, the leaf of anything else that JSON has."""
    if not isinstance(value, Mapping):
        return Leaf(value, origin, path)
    return {key: node_of(inner, origin, (*path, key)) for key, inner in value.items()}


def revealed(node: Node) -> Node:
    """The same without secrets; for a conversion, never for a message."""
    if isinstance(node, dict):
        return {key: revealed(value) for key, value in node.items()}
    if not node.is_secret:
        return node
    return Leaf(node.value.reveal(), node.origin, node.path, is_text=node.is_text, likeness=node.likeness)


def tree_at(path: Path, value: Node) -> Tree:
    """A tree with one branch."""
    for key in reversed(path[1:]):
        value = {str(key): value}
    return {str(path[0]): value}


def merged(lower: Tree, upper: Tree) -> Tree:
    """A new tree of two; neither is changed, and no object of the result is one of theirs.

    Raises:
        ConfigError: one has an object where the other has a value.
    """
    result: Tree = {key: _copied(value) for key, value in lower.items()}
    for key, value in upper.items():
        below = lower.get(key)
        if below is None:
            result[key] = _copied(value)
        elif isinstance(below, dict) and isinstance(value, dict):
            result[key] = merged(below, value)
        elif isinstance(below, Leaf) and isinstance(value, Leaf):
            result[key] = value.over(below)
        else:
            raise _contradiction(below, value)
    return result


def leaves(tree: Node, path: Path = ()) -> Iterator[tuple[Path, Leaf]]:
    """Every leaf with its path."""
    if isinstance(tree, Leaf):
        yield path, tree
        return
    for key, value in tree.items():
        yield from leaves(value, (*path, key))


def node_at(tree: Tree, path: Path) -> Node | None:
    """What is at a path; None where nothing is."""
    found: Node | None = tree
    for key in path:
        if not isinstance(found, dict):
            return None
        found = found.get(str(key))
    return found


def concealed(node: Node, path: Path) -> Node:
    """The same with secrets in place of the values at a path."""
    if isinstance(node, dict):
        return {
            key: concealed(inner, path[1:]) if key in path[:1] or not path else inner
            for key, inner in node.items()
        }
    if path or node.is_secret:
        return node
    return Leaf(Secret(node.value), node.origin, node.path, is_text=node.is_text, likeness=node.likeness)


def _copied(value: Node) -> Node:
    if isinstance(value, Leaf):
        return value  # nothing changes a leaf
    return {key: _copied(inner) for key, inner in value.items()}


def _contradiction(below: Node, above: Node) -> ConfigError:
    leaf, tree = (below, above) if isinstance(below, Leaf) else (above, below)
    assert isinstance(leaf, Leaf)  # noqa: S101 - one of two that are not of a kind
    inner = next((found for _, found in leaves(tree)), None)
    section = f"the section of {inner.origin.place(inner.path)}" if inner else "an empty section"
    return ConfigError(
        f"{dotted(leaf.path)}: {leaf.origin.place(leaf.path)} has a value where {section} has keys of its own; "
        "let one of the two layers drop it"
    )
