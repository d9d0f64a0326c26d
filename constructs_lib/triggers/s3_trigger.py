"""A bucket's objects that invoke a function."""

import json
from collections.abc import Sequence
from enum import Enum
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IValidation

from constructs_lib.asked_once import Place
from constructs_lib.constructors import checked
from constructs_lib.errors import WrongPropError
from constructs_lib.triggers import bucket_notifications
from constructs_lib.triggers.dead_letters import dead_letters_for
from constructs_lib.triggers.object_keys import ObjectKeys
from constructs_lib.triggers.queue_mapping import QueueBatches
from constructs_lib.triggers.target import target_of
from constructs_lib.triggers.work_queue import WorkQueue


class S3Event(Enum):
    """What can happen to an object.

    Attributes:
        CREATED: it was written, whichever way.
        REMOVED: it was deleted, or got a delete marker. Through EventBridge also when a lifecycle rule did so.
    """

    CREATED = ("Object Created", "s3:ObjectCreated:*")
    REMOVED = ("Object Deleted", "s3:ObjectRemoved:*")

    @property
    def detail_type(self) -> str:
        """EventBridge's name for it."""
        return self.value[0]

    @property
    def notification(self) -> str:
        """S3's name for it in a bucket's own notifications."""
        return self.value[1]


class S3Delivery(Enum):
    """How a bucket's events come to the queue.

    Attributes:
        EVENT_BRIDGE: through an EventBridge rule. The bucket may lie in another stack, and any number of triggers may
            be for the same objects.
        NOTIFICATION: straight from the bucket. Nothing lies between, and nothing is charged for it; the bucket has to
            lie in the same stack, and no two notifications may be for the same objects.
    """

    EVENT_BRIDGE = "event bridge"
    NOTIFICATION = "notification"


# S3 sends a message to a queue that it is told of, to try it; it tells of no object, and no function should see it.
_NO_TEST_EVENT = {"pattern": json.dumps({"body": {"Event": [{"exists": False}]}})}


@checked
class S3Trigger(Construct):
    """Invokes a function with each object created in a bucket, one object at a time.

    The bucket's events wait in a ``WorkQueue``, which the function is fed from; what the function fails on is
    repeated there.

    The function gets one SQS record, whose ``body`` is JSON: ``{"Records": [{"eventSource": "aws:sqs", "body": ...}]}``.
    Through EventBridge that is one event, with bucket and object under ``detail``; straight from the bucket it is
    ``{"Records": [...]}`` with S3's own records, whose keys are URL-encoded.

    The CDK's own notifications, ``event_bridge_enabled`` included, are set by a hidden function whose role
    may change the notifications of every bucket. This trigger sets the property of the bucket itself, which
    is why the bucket has to be defined in the same application.

    Args:
        scope: the parent construct.
        id: the construct's id.
        function: what is invoked, a function or an alias of one.
        bucket: a bucket that this application defines.
        prefix: how the keys begin. Default: any.
        suffix: how the keys end. Default: any.
        events: what happened to an object. Default: it was created.
        delivery: how the events come to the queue. Default: through EventBridge.
        visibility_timeout: how long an object rests after a failure; at least the function's timeout.
            Default: six times the function's timeout.
        max_concurrency: how many objects are worked on at a time at most, 2 to 1,000. Default: as many as
            Lambda allows.
        dead_letter_queue: for events that cannot be delivered and objects that failed every time.
            Default: the function's.

    Attributes:
        queue: what waits to be worked on.
        dead_letter_queue: the queue in use.

    Warnings:
        thaw:visibility: ``visibility_timeout`` is less than six times the function's timeout.

    Raises:
        UnsuitableTargetError: ``function`` is a version or imported.
        ImportedBucketError: the bucket is not defined in this application.
        NoDeadLetterQueueError: neither this trigger nor the function has one.
        FifoError: the dead-letter queue is a FIFO queue.
        KeyFilterError: ``prefix`` or ``suffix`` cannot be part of a key.
        DifferentStacksError: the bucket is to deliver straight to a queue of another stack.
        NotificationConflictError: another notification of the bucket is for the same objects, or the CDK's hidden
            function would overwrite what this trigger sets; the latter is found at the end of the synthesis.
        VisibilityTooShortError: ``visibility_timeout`` is less than the function's timeout.
        OutOfRangeError: ``max_concurrency`` or ``visibility_timeout`` is not a figure that the services take.
        WrongPropError: ``events`` is empty.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        function: lambda_.Function | lambda_.Alias,
        bucket: s3.IBucket,
        prefix: str = "",
        suffix: str = "",
        events: Sequence[S3Event] = (S3Event.CREATED,),
        delivery: S3Delivery = S3Delivery.EVENT_BRIDGE,
        visibility_timeout: cdk.Duration | None = None,
        max_concurrency: int | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
    ) -> None:
        path, keys = Place(scope, id), ObjectKeys(prefix, suffix)
        target = target_of(path, function)
        self.dead_letter_queue = dead_letters_for(path, target, dead_letter_queue)
        keys.check(path)
        _require_events(path, events)
        resource = bucket_notifications.defined_here(path, bucket)
        native = delivery is S3Delivery.NOTIFICATION
        kinds = tuple(each.notification for each in dict.fromkeys(events))
        if native:
            bucket_notifications.require_one_stack(path, scope, resource)
            bucket_notifications.require_no_overlap(path, resource, kinds, keys)
        super().__init__(scope, id)
        self.queue = WorkQueue(
            self,
            "Queue",
            target=target,
            dead_letter_queue=self.dead_letter_queue,
            batches=QueueBatches(size=1, concurrency=max_concurrency),
            visibility_timeout=visibility_timeout,
            filters=[_NO_TEST_EVENT] if native else None,
        )
        if native:
            bucket_notifications.send_to_queue(self, resource, self.queue, kinds, keys)
        else:
            bucket_notifications.send_to_event_bridge(resource)
            self._add_rule(bucket, keys, events)
        check = bucket_notifications.NotOverwritten(self, bucket, event_bridge=not native)
        self.node.add_validation(cast("IValidation", check))

    def _add_rule(self, bucket: s3.IBucket, keys: ObjectKeys, kinds: Sequence[S3Event]) -> None:
        detail: dict[str, object] = {"bucket": {"name": [bucket.bucket_name]}}
        if pattern := keys.pattern():
            detail["object"] = {"key": pattern}
        rule = events.Rule(
            self,
            "Default",  # no part of the logical name
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=[each.detail_type for each in dict.fromkeys(kinds)],
                detail=detail,
            ),
        )
        rule.add_target(targets.SqsQueue(self.queue, dead_letter_queue=self.dead_letter_queue))


def _require_events(path: object, given: Sequence[S3Event]) -> None:
    if not given or not all(isinstance(each, S3Event) for each in given):
        raise WrongPropError(
            f"{path} has events that cannot be deployed",
            received=repr(given),
            allowed="one or both of S3Event.CREATED and S3Event.REMOVED",
            change="name what the function is to be invoked for, or leave events out for created objects",
        )
