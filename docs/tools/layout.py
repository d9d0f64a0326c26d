"""Places the nodes of a directed graph in columns, so that edges lead to the right and cross each other seldom.

The method is Sugiyama's: turn edges round until there is no cycle, give each node the column of its longest path, put
waypoints where an edge passes a column, and sort each column by where its neighbours are.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 8


@dataclass(frozen=True)
class Waypoint:
    """Where an edge passes a column."""

    source: Hashable
    target: Hashable
    column: int


@dataclass(frozen=True)
class Layout:
    """Columns from left to right, each from top to bottom.

    Attributes:
        columns: nodes and waypoints.
        paths: for each edge its nodes and waypoints, from the edge's source to its target.
    """

    columns: tuple[tuple[Hashable, ...], ...]
    paths: Mapping[tuple[Hashable, Hashable], tuple[Hashable, ...]]


def arrange(nodes: Sequence[Hashable], edges: Iterable[tuple[Hashable, Hashable]]) -> Layout:
    """Arranges a graph; edges join different nodes, in one direction each."""
    given = list(edges)
    turned = _turned(nodes, given)
    forward = [
        (target, source) if (source, target) in turned else (source, target) for source, target in given
    ]
    column = _columns(nodes, forward)
    chains = {edge: _chain(edge, column) for edge in forward}
    columns: list[list[Hashable]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    for node in nodes:
        columns[column[node]].append(node)
    for chain in chains.values():
        for waypoint in chain:
            if isinstance(waypoint, Waypoint):
                columns[waypoint.column].append(waypoint)
    _sort(columns, [pair for chain in chains.values() for pair in pairwise(chain)])
    paths = {
        edge: chains[edge] if edge in chains else tuple(reversed(chains[edge[1], edge[0]])) for edge in given
    }
    return Layout(tuple(map(tuple, columns)), paths)


def _turned(
    nodes: Sequence[Hashable], edges: Sequence[tuple[Hashable, Hashable]]
) -> set[tuple[Hashable, Hashable]]:
    """The edges that lead back to where a walk came from."""
    following: dict[Hashable, list[Hashable]] = {node: [] for node in nodes}
    entered = {target for _, target in edges}
    for source, target in edges:
        following[source].append(target)
    back: set[tuple[Hashable, Hashable]] = set()
    done: set[Hashable] = set()

    def walk(node: Hashable, trail: frozenset[Hashable]) -> None:
        done.add(node)
        for other in following[node]:
            if other in trail:
                back.add((node, other))
            elif other not in done:
                walk(other, trail | {other})

    for node in sorted(nodes, key=lambda node: node in entered):
        if node not in done:
            walk(node, frozenset({node}))
    return back


def _columns(nodes: Sequence[Hashable], edges: Sequence[tuple[Hashable, Hashable]]) -> dict[Hashable, int]:
    """The length of the longest path to each node."""
    column = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for source, target in edges:
            column[target] = max(column[target], column[source] + 1)
    return column


def _chain(edge: tuple[Hashable, Hashable], column: Mapping[Hashable, int]) -> tuple[Hashable, ...]:
    source, target = edge
    passed = range(column[source] + 1, column[target])
    return (source, *(Waypoint(source, target, each) for each in passed), target)


def _sort(columns: list[list[Hashable]], links: Sequence[tuple[Hashable, Hashable]]) -> None:
    """Sorts each column by the mean place of its neighbours in the one beside it, to and fro."""
    neighbours: dict[Hashable, list[Hashable]] = {node: [] for each in columns for node in each}
    for source, target in links:
        neighbours[source].append(target)
        neighbours[target].append(source)
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        for index in range(1, len(columns)) if forth else range(len(columns) - 2, -1, -1):
            _sort_beside(columns[index], columns[index - 1 if forth else index + 1], neighbours)


def _sort_beside(
    column: list[Hashable], beside: Sequence[Hashable], neighbours: Mapping[Hashable, Sequence[Hashable]]
) -> None:
    places, own = _places(beside), _places(column)

    def mean(node: Hashable) -> float:
        near = [places[each] for each in neighbours[node] if each in places]
        return sum(near) / len(near) if near else own[node]

    column.sort(key=mean)


def _places(column: Sequence[Hashable]) -> dict[Hashable, float]:
    """How far down in its column each node is, from 0 to 1."""
    return {node: place / max(len(column) - 1, 1) for place, node in enumerate(column)}
