"""What a bucket itself sends, set as a property of the bucket.

The CDK's own notifications are set by a hidden function after the bucket is made, whose role may change the
notifications of every bucket, and which overwrites what the property says.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IValidation

from constructs_lib import asked_once
from constructs_lib.errors import ImportedBucketError
from constructs_lib.triggers.errors import DifferentStacksError, KeyFilterError, NotificationConflictError
from constructs_lib.triggers.object_keys import ObjectKeys, overlap

_LISTS = ("lambda_configurations", "queue_configurations", "topic_configurations")


def defined_here(trigger: object, bucket: s3.IBucket) -> s3.CfnBucket:
    """The resource behind a bucket.

    Raises:
        ImportedBucketError: the bucket is not defined in this application.
    """
    resource = bucket.node.default_child
    if isinstance(resource, s3.CfnBucket):
        return resource
    raise ImportedBucketError(
        f"{trigger} needs a bucket that this application defines",
        received=f"the imported bucket {bucket.node.path}",
        allowed="an aws_s3.Bucket",
        change="define the bucket here; or send its events to EventBridge where it is defined, "
        "and use an aws_events.Rule instead of this trigger",
    )


def send_to_event_bridge(bucket: s3.CfnBucket) -> None:
    """Makes a bucket send its events to EventBridge, whatever else it notifies."""
    bucket.add_property_override(
        "NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled",
        True,  # noqa: FBT003 - the CDK takes the value by position
    )


def send_to_queue(
    trigger: Construct, bucket: s3.CfnBucket, queue: sqs.Queue, kinds: tuple[str, ...], keys: ObjectKeys
) -> None:
    """Makes a bucket send events of these kinds (``s3:ObjectCreated:*``) to a queue of the same stack.

    S3 tries to reach the queue when the bucket is made. So the queue's policy comes first, and cannot name a bucket
    whose name CloudFormation generates: the policy then allows every bucket of this account.
    """
    rules = keys.filter_rules()
    added = [
        s3.CfnBucket.QueueConfigurationProperty(
            event=kind, queue=queue.queue_arn, filter=_filter(rules) if rules else None
        )
        for kind in kinds
    ]
    bucket.notification_configuration = _with(bucket.notification_configuration, added)
    queue.add_to_resource_policy(_may_send(trigger, bucket, queue))
    policy = queue.node.find_child("Policy").node.default_child
    bucket.add_resource_dependency(cast("cdk.CfnResource", policy))


def require_one_stack(trigger: object, scope: Construct, bucket: s3.CfnBucket) -> None:
    """Refuses a notification between two stacks, each of which would need the other first.

    Raises:
        DifferentStacksError: the bucket lies in another stack.
    """
    here, there = asked_once.stack_of(scope), asked_once.stack_of(bucket)
    if here is not there:
        raise DifferentStacksError(
            f"{trigger} is to be notified by a bucket of another stack, which would need this stack first",
            received=f"bucket in {asked_once.path_of(there)}, trigger in {asked_once.path_of(here)}",
            allowed="both in one stack, or delivery through EventBridge",
            change="leave delivery out (S3Delivery.EVENT_BRIDGE), or move the trigger beside the bucket",
        )


def require_no_overlap(
    trigger: object, bucket: s3.CfnBucket, kinds: tuple[str, ...], keys: ObjectKeys
) -> None:
    """Refuses what S3 refuses: two notifications of the same event for keys that both meet.

    Raises:
        KeyFilterError: the prefix or suffix has a star.
        NotificationConflictError: another notification of this bucket is for the same event and keys.
    """
    if "*" in keys.prefix + keys.suffix:
        raise KeyFilterError(
            f"{trigger} has a star in its prefix or suffix, which no filter of a notification can have",
            received=f"prefix {keys.prefix!r}, suffix {keys.suffix!r}",
            allowed="the beginning and the end of keys, letter by letter",
            change="leave the star out, a prefix stands for every key that begins so; or deliver through EventBridge",
        )
    for event, rules in _notifications_of(bucket):
        if any(_same_events(event, kind) for kind in kinds) and overlap(rules, keys.filter_rules()):
            raise NotificationConflictError(
                f"{trigger} and another notification of {_bucket_path(bucket)} are for the same objects",
                received=f"{', '.join(kinds)} for {keys.filter_rules() or 'every key'}; "
                f"the other {event} for {rules or 'every key'}",
                allowed="prefixes or suffixes that no key meets both of",
                change="narrow one of them, or deliver through EventBridge, which may send an event to many",
            )


@jsii.implements(IValidation)
class NotOverwritten:
    """Checks, at the end, that no hidden function of the CDK will overwrite a bucket's notifications.

    Args:
        trigger: what depends on the notifications; gets the error.
        bucket: whose notifications they are.
        event_bridge: whether the trigger is content if that function sends events to EventBridge.
    """

    def __init__(self, trigger: Construct, bucket: s3.IBucket, *, event_bridge: bool) -> None:
        self._trigger, self._bucket, self._event_bridge = trigger, bucket, event_bridge

    def validate(self) -> list[str]:
        """Adds an error to the trigger; called by the CDK."""
        written = self._written_by_the_cdk()
        if written is not None and not (self._event_bridge and "EventBridgeConfiguration" in written):
            error = NotificationConflictError(
                f"{self._bucket.node.path} is told its notifications by {asked_once.path_of(self._trigger)} "
                "and by the CDK's hidden function, which overwrites them",
                received="add_event_notification or event_bridge_enabled",
                allowed="one of the two",
                change="use triggers of this library for every notification of this bucket"
                + (", or set event_bridge_enabled on it" if self._event_bridge else ""),
            )
            # What is returned here would come out below a stack trace of the CDK's own process.
            cdk.Annotations.of(self._trigger).add_error(str(error))
        return []

    def _written_by_the_cdk(self) -> Mapping[str, Any] | None:
        notifications = self._bucket.node.try_find_child("Notifications")
        resource = notifications.node.try_find_child("Resource") if notifications else None
        if resource is None:
            return None
        properties = cast("cdk.CfnResource", resource)._cfn_properties  # noqa: SLF001 - protected, the only way to it
        configuration = cdk.Stack.of(resource).resolve(properties["NotificationConfiguration"])
        return cast("Mapping[str, Any]", configuration or {})


def _bucket_path(resource: s3.CfnBucket) -> str:
    return asked_once.path_of(resource).removesuffix("/Resource")


def _may_send(trigger: Construct, bucket: s3.CfnBucket, queue: sqs.Queue) -> iam.PolicyStatement:
    stack, name = asked_once.stack_of(trigger), bucket.bucket_name
    conditions: dict[str, dict[str, str]] = {"StringEquals": {"aws:SourceAccount": stack.account}}
    if name is not None and not asked_once.is_unresolved(name):
        arn = stack.format_arn(service="s3", region="", account="", resource=name)
        conditions["ArnEquals"] = {"aws:SourceArn": arn}
    return iam.PolicyStatement(
        actions=["sqs:SendMessage"],
        resources=[queue.queue_arn],
        principals=[iam.ServicePrincipal("s3.amazonaws.com")],
        conditions=conditions,
    )


def _filter(rules: Mapping[str, str]) -> s3.CfnBucket.NotificationFilterProperty:
    listed = [s3.CfnBucket.FilterRuleProperty(name=name, value=value) for name, value in rules.items()]
    return s3.CfnBucket.NotificationFilterProperty(s3_key=s3.CfnBucket.S3KeyFilterProperty(rules=listed))


def _with(present: Any, added: list[s3.CfnBucket.QueueConfigurationProperty]) -> Any:
    return s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=getattr(present, "event_bridge_configuration", None),
        lambda_configurations=getattr(present, "lambda_configurations", None),
        topic_configurations=getattr(present, "topic_configurations", None),
        queue_configurations=[*(getattr(present, "queue_configurations", None) or []), *added],
    )


def _notifications_of(bucket: s3.CfnBucket) -> Iterator[tuple[str, dict[str, str]]]:
    """The event and the filter's rules of every notification that the property has."""
    present = bucket.notification_configuration
    for name in _LISTS:
        for each in getattr(present, name, None) or []:
            key_filter = each.filter
            rules = key_filter.s3_key.rules if key_filter else []
            yield each.event, {rule.name.lower(): rule.value for rule in rules}


def _same_events(one: str, other: str) -> bool:
    """Whether two kinds of events such as ``s3:ObjectCreated:*`` and ``s3:ObjectCreated:Put`` have one in common."""
    shorter, longer = sorted((one.removesuffix("*"), other.removesuffix("*")), key=len)
    return longer.startswith(shorter)
