"""Draws an architecture as SVG that takes its colours from the page around it, light or dark."""

from collections.abc import Hashable, Iterator, Mapping
from html import escape
from itertools import pairwise

from docs.tools.architecture import Architecture, Edge, Node
from docs.tools.layout import Layout, Waypoint, arrange

WIDTH, HEIGHT = 184, 50
ACROSS, DOWN, MARGIN = 52, 18, 8
WAYPOINT_HEIGHT = 14
_LETTERS = 20
# Of each service's resources the colour of their edge; they stand out from white and from black.
_COLOURS = {
    "Lambda": "#e8772e",
    "S3": "#3f9c35",
    "SQS": "#d6336c",
    "SNS": "#d6336c",
    "Events": "#c2255c",
    "Scheduler": "#c2255c",
    "DynamoDB": "#4c6ef5",
    "RDS": "#4c6ef5",
    "EC2": "#9256d9",
    "ApiGatewayV2": "#9256d9",
    "Logs": "#0c8599",
    "CloudWatch": "#0c8599",
    "SSM": "#0c8599",
    "SecretsManager": "#c92a2a",
    "KMS": "#c92a2a",
    "CodeDeploy": "#4263eb",
}
_OTHER = "#868e96"
_STYLE = (
    ".thaw-a{font-family:inherit,sans-serif}"
    ".thaw-a rect.box{fill:var(--md-default-bg-color,#fff);stroke:var(--md-default-fg-color--lighter,#bbb)}"
    ".thaw-a text{fill:var(--md-default-fg-color,#222);font-size:12.5px}"
    ".thaw-a text.kind{fill:var(--md-default-fg-color--light,#666);font-size:11px}"
    ".thaw-a path.edge{fill:none;stroke:var(--md-default-fg-color--light,#666);stroke-width:1.4}"
    ".thaw-a path.failure{stroke-dasharray:5 4}"
    ".thaw-a path.head{fill:var(--md-default-fg-color--light,#666)}"
)
Place = tuple[float, float]


def draw(architecture: Architecture, name: str) -> str:
    """The picture as one ``svg`` element.

    Args:
        architecture: what is drawn.
        name: what the picture shows, for those who do not see it.
    """
    layout = arrange(
        [node.id for node in architecture.nodes], [(edge.source, edge.target) for edge in architecture.edges]
    )
    places = positions(layout)
    width = len(layout.columns) * (WIDTH + ACROSS) - ACROSS + 2 * MARGIN
    height = max(map(_height, layout.columns), default=0) + 2 * MARGIN
    body = [
        *(_edge(edge, layout, places) for edge in architecture.edges),
        *(_box(node, places[node.id]) for node in architecture.nodes),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="thaw-a" role="img" aria-label="{escape(name)}" '
        f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}">'
        f"<style>{_STYLE}</style>{''.join(body)}</svg>"
    )


def positions(layout: Layout) -> dict[Hashable, Place]:
    """The upper left corner of each node and waypoint; columns are centred."""
    tallest = max(map(_height, layout.columns), default=0)
    return {
        node: place
        for index, column in enumerate(layout.columns)
        for node, place in _stacked(
            column, MARGIN + index * (WIDTH + ACROSS), MARGIN + (tallest - _height(column)) / 2
        )
    }


def _stacked(column: tuple[Hashable, ...], x: float, y: float) -> Iterator[tuple[Hashable, Place]]:
    for node in column:
        yield node, (x, y)
        y += _extent(node) + DOWN


def _extent(node: Hashable) -> int:
    return WAYPOINT_HEIGHT if isinstance(node, Waypoint) else HEIGHT


def _height(column: tuple[Hashable, ...]) -> int:
    return sum(map(_extent, column)) + DOWN * max(len(column) - 1, 0)


def _box(node: Node, place: Place) -> str:
    (x, y), (_, service, kind) = place, node.kind.split("::", 2)
    colour = _COLOURS.get(service, _OTHER)
    return (
        f"<g><title>{escape(node.kind)}</title>"
        f'<rect class="box" x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
        f'<rect x="{x:g}" y="{y:g}" width="5" height="{HEIGHT}" rx="2.5" fill="{colour}"/>'
        f'<text x="{x + 16:g}" y="{y + 21:g}">{escape(_shortened(node.name))}</text>'
        f'<text class="kind" x="{x + 16:g}" y="{y + 38:g}">{escape(f"{service} {kind}")}</text></g>'
    )


def _shortened(name: str) -> str:
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}\N{HORIZONTAL ELLIPSIS}"


def _edge(edge: Edge, layout: Layout, places: Mapping[Hashable, Place]) -> str:
    path = layout.paths[edge.source, edge.target]
    points = [(places[node][0], places[node][1] + _extent(node) / 2) for node in path]
    # Leftwards where the layout turned the edge round.
    direction = 1 if points[0][0] < points[-1][0] else -1
    if direction < 0:
        points = [(x + WIDTH, y) for x, y in points]
    legs = "".join(_leg(left, right, direction) for left, right in pairwise(points))
    start = points[0][0] + direction * WIDTH
    tip_x, tip_y = points[-1]
    kind = "edge failure" if edge.failure else "edge"
    return (
        f'<path class="{kind}" d="M{start:g} {points[0][1]:g}{legs}"/>'
        f'<path class="head" d="M{tip_x:g} {tip_y:g}l{-8 * direction} -4v8z"/>'
    )


def _leg(left: Place, right: Place, direction: int) -> str:
    """From the far side of one column to the near side of the next, and where that is a waypoint, through it."""
    (x1, y1), (x2, y2) = (left[0] + direction * WIDTH, left[1]), right
    middle = (x1 + x2) / 2
    return f"H{x1:g}C{middle:g} {y1:g} {middle:g} {y2:g} {x2:g} {y2:g}"
