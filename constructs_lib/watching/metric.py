"""Metrics, as an alarm and as a dashboard name them.

Sources:
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs

PERIOD_SECONDS = 300
_STATISTICS = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")


@dataclass(frozen=True)
class Metric:
    """One line of a graph.

    Attributes:
        namespace: of the service, or of one's own.
        name: within the namespace.
        statistic: how the values of a period become one: ``Sum``, ``p99``.
        dimensions: what tells it from others of its name.
    """

    namespace: str
    name: str
    statistic: str
    dimensions: Mapping[str, str] = field(default_factory=dict)

    def watched(self) -> dict[str, Any]:
        """The props of an alarm that say what it watches."""
        kind = "statistic" if self.statistic in _STATISTICS else "extended_statistic"
        return {
            "namespace": self.namespace,
            "metric_name": self.name,
            "dimensions": self._dimensions() or None,
            "period": PERIOD_SECONDS,
            kind: self.statistic,
        }

    def queried(self, id_: str) -> cloudwatch.CfnAlarm.MetricDataQueryProperty:
        """A term of an alarm's expression."""
        alarm = cloudwatch.CfnAlarm
        metric = alarm.MetricProperty(
            namespace=self.namespace, metric_name=self.name, dimensions=self._dimensions()
        )
        stat = alarm.MetricStatProperty(metric=metric, period=PERIOD_SECONDS, stat=self.statistic)
        return alarm.MetricDataQueryProperty(id=id_, metric_stat=stat, return_data=False)

    def drawn(self, label: str) -> list[Any]:
        """The line of a dashboard's graph that shows it.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
        """
        pairs = [text for pair in self.dimensions.items() for text in pair]
        return [self.namespace, self.name, *pairs, {"label": label, "stat": self.statistic}]

    def _dimensions(self) -> list[cloudwatch.CfnAlarm.DimensionProperty]:
        dimension = cloudwatch.CfnAlarm.DimensionProperty
        return [dimension(name=name, value=value) for name, value in self.dimensions.items()]


def of_function(function_name: str, name: str, statistic: str = "Sum") -> Metric:
    """A metric of a function over all of its versions and aliases."""
    return Metric("AWS/Lambda", name, statistic, {"FunctionName": function_name})


def of_queue(queue: sqs.IQueue, name: str) -> Metric:
    """A metric of a queue."""
    return Metric("AWS/SQS", name, "Maximum", {"QueueName": queue.queue_name})


def rate_of_errors(function_name: str) -> dict[str, Any]:
    """The props of an alarm that watches which share of a function's invocations fails."""
    counted = {each.lower(): of_function(function_name, each) for each in ("Errors", "Invocations")}
    query = cloudwatch.CfnAlarm.MetricDataQueryProperty
    # An invocation that Lambda repeats can fail in a later period than it was counted in.
    rate = query(id="rate", expression="errors / MAX([errors, invocations])", label="Error rate")
    return {"metrics": [rate, *(metric.queried(id_) for id_, metric in counted.items())]}
