"""Objects created in a bucket that invoke a function."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.errors import ImportedBucketError
from constructs_lib.functions.dead_letter_queue import dead_letters_of
from constructs_lib.triggers.work_queue import WorkQueue


class S3Trigger(events.Rule):
    """Invokes a function with each object created in a bucket, one object at a time.

    The bucket's events pass an EventBridge rule into a ``WorkQueue``, which the function is fed from; what the
    function fails on is repeated there.

    The function gets one SQS record, whose ``body`` is the EventBridge event as JSON:
    ``{"Records": [{"eventSource": "aws:sqs", "body": ...}]}``, with bucket and object under ``detail``.

    The CDK's own notifications, ``event_bridge_enabled`` included, are set by a hidden function whose role
    may change the notifications of every bucket. This trigger sets the property of the bucket itself, which
    is why the bucket has to be defined in the same application; it may be in another stack.

    Args:
        scope: the parent construct.
        id: the construct's id.
        function: what is invoked.
        bucket: a bucket that this application defines.
        prefix: how the keys begin. Default: any.
        suffix: how the keys end. Default: any.
        visibility_timeout: how long an object rests after a failure; at least the function's timeout.
            Default: six times the function's timeout.
        max_concurrency: how many objects are worked on at a time at most, 2 to 1,000. Default: as many as
            Lambda allows.
        dead_letter_queue: for events that cannot be delivered and objects that failed every time.
            Default: the function's.

    Attributes:
        queue: what waits to be worked on.
        dead_letter_queue: the queue in use.

    Raises:
        ImportedBucketError: the bucket is not defined in this application.
        NoDeadLetterQueueError: neither this trigger nor the function has one.
        VisibilityTooShortError: ``visibility_timeout`` is less than the function's timeout.
        OutOfRangeError: ``max_concurrency`` is not a figure that Lambda takes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        function: lambda_.Function,
        bucket: s3.IBucket,
        prefix: str = "",
        suffix: str = "",
        visibility_timeout: cdk.Duration | None = None,
        max_concurrency: int | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
    ) -> None:
        self.dead_letter_queue = dead_letters_of(id, function, dead_letter_queue)
        _send_events(id, bucket)
        super().__init__(
            scope, id, event_pattern=_objects_created(bucket.bucket_name, key_pattern(prefix, suffix))
        )
        self.queue = WorkQueue(
            self,
            "Queue",
            function=function,
            dead_letter_queue=self.dead_letter_queue,
            batch_size=1,
            visibility_timeout=visibility_timeout,
            max_concurrency=max_concurrency,
        )
        self.add_target(targets.SqsQueue(self.queue, dead_letter_queue=self.dead_letter_queue))


def key_pattern(prefix: str, suffix: str) -> list[dict[str, str]] | None:
    """EventBridge's pattern for keys that begin and end so; ``None`` where any key will do."""
    if prefix and suffix:
        return [{"wildcard": f"{_literal(prefix)}*{_literal(suffix)}"}]
    if prefix:
        return [{"prefix": prefix}]
    return [{"suffix": suffix}] if suffix else None


def _literal(text: str) -> str:
    """``text`` for a wildcard pattern, in which a star and a backslash have a meaning."""
    return text.replace("\\", "\\\\").replace("*", "\\*")


def _objects_created(bucket: str, key: list[dict[str, str]] | None) -> events.EventPattern:
    detail = {"bucket": {"name": [bucket]}} | ({"object": {"key": key}} if key else {})
    return events.EventPattern(source=["aws.s3"], detail_type=["Object Created"], detail=detail)


def _send_events(trigger: str, bucket: s3.IBucket) -> None:
    """Make the bucket send its events to EventBridge, whatever else it notifies."""
    resource = bucket.node.default_child
    if not isinstance(resource, s3.CfnBucket):
        raise ImportedBucketError(
            f"trigger {trigger} needs a bucket that this application defines",
            received=f"the imported bucket {bucket.node.path}",
            allowed="an aws_s3.Bucket",
            change="define the bucket here; or send its events to EventBridge where it is defined, "
            "and use an aws_events.Rule instead of this trigger",
        )
    resource.add_property_override(
        "NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled",
        True,  # noqa: FBT003 - the CDK takes the value by position
    )
