"""How the functions of a service do, on one page."""

from collections import Counter
from collections.abc import Iterable, Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.constructors import checked
from constructs_lib.functions import props
from constructs_lib.rules import matching
from constructs_lib.triggers.target import target_of
from constructs_lib.watching import layout
from constructs_lib.watching.errors import DashboardTooLargeError, NothingToWatchError
from constructs_lib.watching.function_alarms import FunctionAlarms
from constructs_lib.watching.layout import Graph, Line
from constructs_lib.watching.metric import Metric, of_function

_NAME = matching("[A-Za-z0-9_-]{1,255}", "1 to 255 letters, digits, hyphens and underscores")
# What Lambda measures of every function, with the statistic that tells most.
_OF_EVERY_FUNCTION = (
    ("Invocations", "Invocations", "Sum"),
    ("Errors", "Errors", "Sum"),
    ("Throttles", "Throttles", "Sum"),
    ("Duration, half of the invocations (p50, ms)", "Duration", "p50"),
    ("Duration, all but 1 % (p99, ms)", "Duration", "p99"),
    ("Concurrency", "ConcurrentExecutions", "Maximum"),
)
# What alarms watch besides, by the metrics' names.
_OF_ALARMS = (
    ("Dead letters", "ApproximateNumberOfMessagesVisible"),
    ("Oldest message (s)", "ApproximateAgeOfOldestMessage"),
    ("Behind the stream (ms)", "IteratorAge"),
)


@checked
class ServiceDashboard(cloudwatch.CfnDashboard):
    """A dashboard of a set of functions: the state of their alarms, then graphs with one line for each function.

    Invocations, errors, throttles; durations, p50 and p99; concurrency. Of functions with ``FunctionAlarms`` also how
    long starts take, dead letters, waiting messages and how far a stream is behind. Graphs without a line are left
    out.

    Args:
        scope: the parent construct.
        id: the construct's id.
        functions: what is shown, functions or aliases of some; of an alias, its function.
        alarms: alarms whose functions are shown as well, with all that they watch.
        dashboard_name: unique in the account. Default: generated.

    Raises:
        UnsuitableTargetError: one of ``functions`` is a version or imported.
        NothingToWatchError: there are neither functions nor alarms.
        DashboardTooLargeError: CloudWatch does not show as many metrics at once.
        WrongPropError: ``dashboard_name`` is not possible.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        functions: Sequence[lambda_.Function | lambda_.Alias] = (),
        alarms: Sequence[FunctionAlarms] = (),
        dashboard_name: str | None = None,
    ) -> None:
        place = Place(scope, id)
        props.require(place, "dashboard_name", dashboard_name, _NAME)
        shown = [target_of(place, each).function for each in functions]
        labels = _labels([*shown, *(each.function for each in alarms)])
        if not labels:
            raise NothingToWatchError(
                f"{place} shows nothing",
                received="no functions and no alarms",
                allowed="one of them or more",
                change="give the dashboard functions or alarms",
            )
        graphs = [*_of_functions(labels), *_of_alarms(alarms, labels)]
        _check_size(place, graphs)
        stack = asked_once.stack_of(scope)
        body = layout.widgets(
            f"# {asked_once.path_of(scope) or id}",
            [alarm.attr_arn for each in alarms for alarm in each.alarms],
            graphs,
            asked_once.region_of(stack),
        )
        super().__init__(
            scope,
            id,
            dashboard_name=dashboard_name,
            dashboard_body=stack.to_json_string({"widgets": body}),
        )


def _labels(functions: Iterable[lambda_.Function]) -> dict[lambda_.Function, str]:
    """The functions without repetition, each with its id, or its path where two have the same id."""
    paths = {function: asked_once.path_of(function) for function in functions}
    ids = Counter(path.rpartition("/")[2] for path in paths.values())
    return {
        function: path if ids[path.rpartition("/")[2]] > 1 else path.rpartition("/")[2]
        for function, path in paths.items()
    }


def _of_functions(labels: dict[lambda_.Function, str]) -> list[Graph]:
    names = {label: function.function_name for function, label in labels.items()}
    return [
        Graph(title, [of_function(name, metric, statistic).drawn(label) for label, name in names.items()])
        for title, metric, statistic in _OF_EVERY_FUNCTION
    ]


def _of_alarms(alarms: Sequence[FunctionAlarms], labels: dict[lambda_.Function, str]) -> list[Graph]:
    starts = [each.starts.drawn(labels[each.function]) for each in alarms if each.starts is not None]
    watched = [(metric, labels[each.function]) for each in alarms for metric in each.metrics]
    return [
        Graph("Starts, on average (ms)", starts),
        *(Graph(title, _lines(watched, name)) for title, name in _OF_ALARMS),
    ]


def _lines(watched: Iterable[tuple[Metric, str]], name: str) -> list[Line]:
    """Each metric of that name once: functions may share a queue."""
    lines: dict[str, Line] = {}
    for metric, label in watched:
        if metric.name == name:
            lines.setdefault(str(metric.dimensions), metric.drawn(label))
    return list(lines.values())


def _check_size(place: object, graphs: Sequence[Graph]) -> None:
    most, together = max(len(graph.lines) for graph in graphs), sum(len(graph.lines) for graph in graphs)
    if most > layout.METRICS_OF_A_GRAPH or together > layout.METRICS_OF_A_DASHBOARD:
        raise DashboardTooLargeError(
            f"{place} has more metrics than CloudWatch shows at once",
            received=f"{most} in one graph, {together} in all",
            allowed=f"{layout.METRICS_OF_A_GRAPH} in one graph, {layout.METRICS_OF_A_DASHBOARD:,} in all",
            change="make a dashboard for each part of the service",
        )
