"""Objects created in a bucket that invoke a function."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.dead_letter_queue import dead_letters_of
from constructs_lib.errors import ImportedBucketError, OutOfRangeError, VisibilityTooShortError

# Configuring Lambda with SQS, AWS Lambda Developer Guide: six times the function's timeout, five receives.
VISIBILITY_TIMEOUTS = 6
RECEIVES = 5
CONCURRENCY = range(2, 1001)

QUEUE_ACTIONS = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")


class S3Trigger(events.Rule):
    """Invokes a function with each object created in a bucket, one object at a time.

    The bucket's events pass an EventBridge rule into a queue, which the function is fed from. An invocation
    that fails is repeated after ``visibility_timeout``, ``RECEIVES`` times in all, so a database that is away
    for a while costs nothing but the wait; Lambda's own retries of an asynchronous invocation end after
    three minutes. What still fails goes to the dead-letter queue, from where SQS can move it back.

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
        _require_concurrency(id, max_concurrency)
        visibility_timeout = _visibility(id, function, visibility_timeout)
        self.dead_letter_queue = dead_letters_of(id, function, dead_letter_queue)
        _send_events(id, bucket)
        super().__init__(
            scope, id, event_pattern=_objects_created(bucket.bucket_name, key_pattern(prefix, suffix))
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=visibility_timeout,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letter_queue, max_receive_count=RECEIVES),
        )
        self.add_target(targets.SqsQueue(self.queue, dead_letter_queue=self.dead_letter_queue))
        lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=function,
            event_source_arn=self.queue.queue_arn,
            batch_size=1,
            max_concurrency=max_concurrency,
        )
        function.add_to_role_policy(
            iam.PolicyStatement(actions=list(QUEUE_ACTIONS), resources=[self.queue.queue_arn])
        )


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


def _visibility(
    trigger: str, function: lambda_.Function, visibility_timeout: cdk.Duration | None
) -> cdk.Duration:
    timeout = (function.timeout or cdk.Duration.seconds(3)).to_seconds()
    if visibility_timeout is None:
        return cdk.Duration.seconds(VISIBILITY_TIMEOUTS * timeout)
    if visibility_timeout.to_seconds() < timeout:
        raise VisibilityTooShortError(
            f"trigger {trigger} would hand out an object again while {function.node.path} works on it",
            received=f"visibility_timeout {visibility_timeout.to_seconds():g} s",
            allowed=f"at least the function's timeout, {timeout:g} s",
            change="raise visibility_timeout or leave it out",
        )
    return visibility_timeout


def _require_concurrency(trigger: str, max_concurrency: int | None) -> None:
    if max_concurrency is not None and max_concurrency not in CONCURRENCY:
        raise OutOfRangeError(
            f"trigger {trigger} has a max_concurrency that Lambda does not take",
            received=max_concurrency,
            allowed=f"{CONCURRENCY.start} to {CONCURRENCY.stop - 1}",
            change="choose a figure in the range, or leave it out for no limit",
        )
