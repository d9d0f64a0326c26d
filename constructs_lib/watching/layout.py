"""How graphs are laid out on a dashboard. Plain data, no CDK.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

COLUMNS = 24
GRAPH_WIDTH, GRAPH_HEIGHT = 8, 6
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
METRICS_OF_A_GRAPH, METRICS_OF_A_DASHBOARD = 500, 2500
_ALARMS_IN_A_ROW = 6

Line = list[Any]
Widget = dict[str, Any]


@dataclass(frozen=True)
class Graph:
    """Lines over time.

    Attributes:
        title: above it, with the unit.
        lines: metrics with their labels.
    """

    title: str
    lines: Sequence[Line]


def widgets(heading: str, alarms: Sequence[str], graphs: Sequence[Graph], region: str) -> list[Widget]:
    """A heading, what alarms, then graphs, three in a row; a graph without lines is left out.

    Args:
        heading: in Markdown.
        alarms: ARNs.
        graphs: in reading order.
        region: of the metrics.
    """
    head = _placed({"type": "text", "properties": {"markdown": heading}}, 0, 0, COLUMNS, 1)
    status = list(_status(alarms))
    below = 1 + sum(widget["height"] for widget in status)
    return [head, *status, *_grid([graph for graph in graphs if graph.lines], region, below)]


def _status(alarms: Sequence[str]) -> Iterator[Widget]:
    if alarms:
        rows = -(-len(alarms) // _ALARMS_IN_A_ROW)
        properties = {"title": "Alarms", "alarms": list(alarms)}
        yield _placed({"type": "alarm", "properties": properties}, 0, 1, COLUMNS, 1 + rows)


def _grid(graphs: Sequence[Graph], region: str, top: int) -> Iterator[Widget]:
    in_a_row = COLUMNS // GRAPH_WIDTH
    for place, graph in enumerate(graphs):
        row, column = divmod(place, in_a_row)
        properties = {
            "title": graph.title,
            "view": "timeSeries",
            "stacked": False,
            "region": region,
            "period": 300,
            "yAxis": {"left": {"min": 0}},
            "metrics": list(graph.lines),
        }
        widget = {"type": "metric", "properties": properties}
        yield _placed(widget, column * GRAPH_WIDTH, top + row * GRAPH_HEIGHT, GRAPH_WIDTH, GRAPH_HEIGHT)


def _placed(widget: Widget, x: int, y: int, width: int, height: int) -> Widget:
    return {**widget, "x": x, "y": y, "width": width, "height": height}
