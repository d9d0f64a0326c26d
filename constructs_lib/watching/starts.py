"""How long a function's starts take, read out of its log, where Lambda reports each of them.

CloudWatch has no metric of it. The line is ``platform.report`` in JSON and ``REPORT`` in text, and names the time of
the initialization only if the invocation began with one:
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report
"""

from dataclasses import dataclass
from typing import cast

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.releases.concurrency import has_snap_start
from constructs_lib.watching.errors import NothingToWatchError
from constructs_lib.watching.metric import Metric

# The words of a REPORT line up to the first that not every line has. A pattern counts words:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
_REPORT = (
    "report = REPORT, of, id, d, duration, ms, b, b2, billed, ms2, m, m2, size, mb, u, u2, u3, used, mb2, "
    "start = {word}, s, took, ms3"
)
_BILLED_RESTORE = ", c, c2, c3, charged, ms4"
_TRACE = "x, x2, trace, g, segment, p, sampled"


@dataclass(frozen=True)
class Start:
    """One way of starting, as the two formats of a log call its duration."""

    metric: str
    json: str
    text: str


INIT = Start("InitDuration", "initDurationMs", "Init")
RESTORE = Start("RestoreDuration", "restoreDurationMs", "Restore")


def json_patterns(start: Start) -> tuple[list[str], str]:
    """The filter pattern for JSON logs, and where the duration is in what it matches."""
    duration = f"$.record.metrics.{start.json}"
    return [f'{{ ($.type = "platform.report") && ({duration} >= 0) }}'], duration


def text_patterns(start: Start) -> tuple[list[str], str]:
    """The filter patterns for text logs, and where the duration is in what they match.

    A restore is followed by how much of it is billed, and a traced invocation by the trace.
    """
    words = _REPORT.format(word=start.text) + (_BILLED_RESTORE if start is RESTORE else "")
    return [f"[{words}]", f"[{words}, {_TRACE}]"], "$took"


def measure_starts(
    scope: Construct, function: lambda_.Function, function_name: str, namespace: str
) -> Metric:
    """Makes a metric of the durations of a function's starts, restores where it has SnapStart.

    The report does not name the function and a dimension can only come from the report, so the metric's name tells
    the functions apart.

    Raises:
        NothingToWatchError: the function's log group is not known, or its log leaves reports out.
    """
    resource = cast("lambda_.CfnFunction", function.node.default_child)
    config = resource.logging_config
    if not isinstance(config, lambda_.CfnFunction.LoggingConfigProperty):
        config = lambda_.CfnFunction.LoggingConfigProperty()
    if config.system_log_level == "WARN":
        raise NothingToWatchError(
            f"the starts of {asked_once.path_of(function)} cannot be watched",
            received="the system log level WARN, which leaves reports out",
            allowed="INFO or DEBUG",
            change="lower the function's system log level, or leave the alarm out with init_duration=None",
        )
    start = RESTORE if has_snap_start(resource) else INIT
    patterns, value = (json_patterns if config.log_format == "JSON" else text_patterns)(start)
    metric = Metric(namespace, f"{start.metric}-{function_name}", "Average")
    log_group_name = _log_group_of(function, config)
    for number, pattern in enumerate(patterns, 1):
        logs.CfnMetricFilter(
            scope,
            f"Starts{number}",
            log_group_name=log_group_name,
            filter_pattern=pattern,
            metric_transformations=[
                logs.CfnMetricFilter.MetricTransformationProperty(
                    metric_namespace=metric.namespace,
                    metric_name=metric.name,
                    metric_value=value,
                    unit="Milliseconds",
                )
            ],
        )
    return metric


def _log_group_of(function: lambda_.Function, config: lambda_.CfnFunction.LoggingConfigProperty) -> str:
    """The name of the function's log group; ``function.log_group`` would make a hidden function where there is none."""
    if config.log_group is not None:
        return config.log_group
    managed = function.node.try_find_child("LogGroup")
    if isinstance(managed, logs.LogGroup):
        return managed.log_group_name
    raise NothingToWatchError(
        f"the starts of {asked_once.path_of(function)} cannot be watched",
        received="no log group in this application",
        allowed="a function with a log_group; those of this library have one",
        change="give the function a log_group, or leave the alarm out with init_duration=None",
    )
