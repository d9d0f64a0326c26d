"""Triggers that are used wrongly."""

import datetime as dt
from pathlib import Path
from typing import Any

from wrong_uses import SECONDS, World, WrongUse, assert_refused, each, wrong

from constructs_lib import (
    DynamoDbStreamTrigger,
    HttpApiTrigger,
    HttpTrigger,
    S3Delivery,
    S3Trigger,
    ScheduleTrigger,
    SnsTrigger,
    SqsTrigger,
)

import aws_cdk as cdk  # isort: skip
from aws_cdk import aws_apigatewayv2 as apigatewayv2  # isort: skip
from aws_cdk import aws_dynamodb as dynamodb  # isort: skip
from aws_cdk import aws_lambda as lambda_  # isort: skip
from aws_cdk import aws_s3 as s3  # isort: skip
from aws_cdk import aws_scheduler as scheduler  # isort: skip
from aws_cdk import aws_sns as sns  # isort: skip

ARN = "arn:aws:lambda:eu-north-1:123456789012:function:f"
NEW_IMAGE = dynamodb.StreamViewType.NEW_IMAGE
RATE = scheduler.ScheduleExpression.rate(cdk.Duration.hours(1))
MIDNIGHT = dt.datetime(2030, 1, 1)  # noqa: DTZ001 - the mistake


def by_queue(w: World, **props: Any) -> object:
    return SqsTrigger(
        w.stack, "Thing", **{"function": w.function, "queue": props.pop("queue", None) or w.queue()} | props
    )


def by_topic(w: World, **props: Any) -> object:
    return SnsTrigger(w.stack, "Thing", **{"function": w.function, "topic": w.topic} | props)


def by_bucket(w: World, **props: Any) -> object:
    return S3Trigger(w.stack, "Thing", **{"function": w.function, "bucket": w.bucket} | props)


def by_table(w: World, **props: Any) -> object:
    table = props.pop("table", None) or w.table(stream=NEW_IMAGE)
    return DynamoDbStreamTrigger(w.stack, "Thing", **{"function": w.function, "table": table} | props)


def by_time(w: World, **props: Any) -> object:
    return ScheduleTrigger(w.stack, "Thing", **{"function": w.function, "schedule": RATE} | props)


def by_url(w: World, **props: Any) -> object:
    return HttpTrigger(w.stack, "Thing", **{"function": w.function} | props)


def by_api(w: World, **props: Any) -> object:
    return HttpApiTrigger(w.stack, "Thing", **{"function": w.function} | props)


def imported(w: World) -> lambda_.IFunction:
    return lambda_.Function.from_function_arn(w.stack, "Imported", ARN)


def cors(**options: Any) -> lambda_.FunctionUrlCorsOptions:
    return lambda_.FunctionUrlCorsOptions(**options)


ANY = [
    wrong(
        "an imported function", "THAW110", lambda w: by_queue(w, function=imported(w)), "imported function"
    ),
    wrong("a version", "THAW110", lambda w: by_queue(w, function=w.function.current_version), "alias"),
    wrong("a function as its name", "THAW110", lambda w: by_queue(w, function="worker"), "worker"),
    wrong(
        "no dead letters", "THAW052", lambda w: by_topic(w, function=w.plain("Careless")), "dead_letter_queue"
    ),
    wrong("dead letters as text", "THAW058", lambda w: by_topic(w, dead_letter_queue="letters"), "'letters'"),
    wrong("two triggers of one id", "THAW059", lambda w: (by_url(w), by_queue(w)), "already a Construct"),
]
QUEUES = [
    wrong("a queue as its name", "THAW058", lambda w: by_queue(w, queue="orders"), "'orders'", "IQueue"),
    wrong(
        "a queue that rests too short",
        "THAW055",
        lambda w: by_queue(w, queue=w.queue(visibility_timeout=SECONDS(19))),
        "19",
        "20",
    ),
    wrong("an empty batch", "THAW056", lambda w: by_queue(w, batch_size=0), "0", "1 to 10,000"),
    wrong("half a message", "THAW056", lambda w: by_queue(w, batch_size=1.5), "1.5"),
    wrong(
        "a batch without a window",
        "THAW056",
        lambda w: by_queue(w, batch_size=11),
        "11",
        "max_batching_window",
    ),
    wrong(
        "a window as a number",
        "THAW058",
        lambda w: by_queue(w, max_batching_window=30),
        "write aws_cdk.Duration.seconds(30)",
    ),
    wrong(
        "a window of ten minutes",
        "THAW056",
        lambda w: by_queue(w, max_batching_window=SECONDS(600)),
        "600 s",
        "0 to 300",
    ),
    wrong(
        "a window of a moment",
        "THAW056",
        lambda w: by_queue(w, max_batching_window=cdk.Duration.millis(10)),
        "0.01 s",
    ),
    wrong("one batch at a time", "THAW056", lambda w: by_queue(w, max_concurrency=1), "2 to 1,000"),
    wrong(
        "a window of a FIFO queue",
        "THAW114",
        lambda w: by_queue(w, queue=w.fifo, max_batching_window=SECONDS(1)),
        "max_batching_window",
    ),
    wrong(
        "a large batch of a FIFO queue", "THAW114", lambda w: by_queue(w, queue=w.fifo, batch_size=11), "11"
    ),
    wrong(
        "a filter that is no pattern",
        "THAW115",
        lambda w: by_queue(w, filters=[{"body": {}}]),
        "FilterCriteria",
    ),
    wrong("eleven filters", "THAW115", lambda w: by_queue(w, filters=[{"pattern": "{}"}] * 11), "11 filters"),
    wrong("a flag as a number", "THAW058", lambda w: by_queue(w, report_batch_item_failures=1), "bool"),
]
TOPICS = [
    wrong("a topic as its name", "THAW058", lambda w: by_topic(w, topic="placed"), "'placed'"),
    wrong(
        "two filter policies",
        "THAW051",
        lambda w: by_topic(
            w,
            filter_policy={"a": sns.SubscriptionFilter.exists_filter()},
            filter_policy_with_message_body={
                "a": sns.FilterOrPolicy.filter(sns.SubscriptionFilter.exists_filter())
            },
        ),
        "filter_policy",
    ),
    wrong(
        "a filter policy of plain values",
        "THAW058",
        lambda w: by_topic(w, filter_policy={"kind": ["paid"]}),
        "SubscriptionFilter",
    ),
    wrong(
        "six attributes to filter by",
        "THAW115",
        lambda w: by_topic(
            w, filter_policy={f"a{n}": sns.SubscriptionFilter.exists_filter() for n in range(6)}
        ),
        "6",
    ),
    wrong(
        "a queue that rests too short for its function",
        "THAW055",
        lambda w: by_topic(w, visibility_timeout=SECONDS(1)),
        "1 s",
    ),
    wrong(
        "a queue that rests for a day",
        "THAW056",
        lambda w: by_topic(w, visibility_timeout=cdk.Duration.days(1)),
        "86400 s",
    ),
    wrong(
        "FIFO dead letters of a standard topic",
        "THAW114",
        lambda w: by_topic(w, dead_letter_queue=w.fifo),
        "standard",
    ),
    wrong(
        "standard dead letters of a FIFO topic",
        "THAW114",
        lambda w: by_topic(w, topic=sns.Topic(w.stack, "T", fifo=True)),
        "FIFO",
    ),
]
BUCKETS = [
    wrong(
        "an imported bucket",
        "THAW053",
        lambda w: by_bucket(w, bucket=s3.Bucket.from_bucket_name(w.stack, "B", "pictures")),
        "imported bucket",
    ),
    wrong("a bucket as its name", "THAW058", lambda w: by_bucket(w, bucket="pictures"), "'pictures'"),
    wrong("a prefix that no key has", "THAW111", lambda w: by_bucket(w, prefix="x" * 1025), "prefix"),
    wrong(
        "a star without EventBridge",
        "THAW111",
        lambda w: by_bucket(w, prefix="*.jpg", delivery=S3Delivery.NOTIFICATION),
        "*.jpg",
    ),
    wrong("no events", "THAW058", lambda w: by_bucket(w, events=[]), "events"),
    wrong("a delivery as text", "THAW058", lambda w: by_bucket(w, delivery="notification"), "'notification'"),
    wrong(
        "straight from another stack",
        "THAW113",
        lambda w: by_bucket(
            w,
            bucket=s3.Bucket(cdk.Stack(w.stack.node.scope, f"{w.stack.node.id}Other"), "B"),
            delivery=S3Delivery.NOTIFICATION,
        ),
        "stack",
    ),
]
TABLES = [
    wrong("a table without a stream", "THAW054", lambda w: by_table(w, table=w.table()), "stream"),
    wrong(
        "more records than Lambda gathers", "THAW056", lambda w: by_table(w, batch_size=10_001), "1 to 10,000"
    ),
    wrong("negative retries", "THAW056", lambda w: by_table(w, retry_attempts=-1), "0 to 10,000"),
    wrong(
        "a record that is too old",
        "THAW056",
        lambda w: by_table(w, max_record_age=cdk.Duration.days(8)),
        "691200 s",
        "604,800",
    ),
    wrong(
        "eleven batches of a shard", "THAW056", lambda w: by_table(w, parallelization_factor=11), "1 to 10"
    ),
    wrong("FIFO letters of a stream", "THAW114", lambda w: by_table(w, dead_letter_queue=w.fifo), "standard"),
]
TIMES = [
    wrong("a schedule as text", "THAW058", lambda w: by_time(w, schedule="rate(1 hour)"), "rate(1 hour)"),
    wrong(
        "a cron of five fields",
        "THAW116",
        lambda w: by_time(w, schedule=scheduler.ScheduleExpression.expression("cron(0 12 * * *)")),
        "cron(0 12 * * *)",
    ),
    wrong(
        "an unknown time zone",
        "THAW116",
        lambda w: by_time(
            w, schedule=scheduler.ScheduleExpression.cron(hour="1", time_zone=cdk.TimeZone.of("Mars/Base"))
        ),
        "Mars/Base",
    ),
    wrong("a start without a time zone", "THAW116", lambda w: by_time(w, start=MIDNIGHT), "time zone"),
    wrong(
        "an end before the start",
        "THAW116",
        lambda w: by_time(
            w, start=MIDNIGHT.replace(tzinfo=dt.UTC), end=MIDNIGHT.replace(year=2029, tzinfo=dt.UTC)
        ),
        "2029",
    ),
    wrong("an input that is no JSON", "THAW116", lambda w: by_time(w, input={"when": MIDNIGHT}), "datetime"),
    wrong("two hundred retries", "THAW056", lambda w: by_time(w, retry_attempts=200), "0 to 185"),
    wrong(
        "a window of two days",
        "THAW056",
        lambda w: by_time(w, flexible_window=cdk.Duration.days(2)),
        "1 to 1,440",
    ),
    wrong("a description that is too long", "THAW058", lambda w: by_time(w, description="x" * 513), "512"),
]
HTTP = [
    wrong("a second URL", "THAW119", lambda w: (HttpTrigger(w.stack, "First", function=w.function), by_url(w)), "First"),
    wrong("credentials for everybody", "THAW117", lambda w: by_url(w, cors=cors(allowed_origins=["*"], allow_credentials=True)), "every origin"),
    wrong("CORS as a mapping", "THAW058", lambda w: by_url(w, cors={"allowed_origins": ["*"]}), "FunctionUrlCorsOptions"),
    wrong("who may call as text", "THAW058", lambda w: by_url(w, auth_type="NONE"), "FunctionUrlAuthType"),
    wrong("a route without a method", "THAW118", lambda w: by_api(w, routes=["/orders"]), "/orders"),
    wrong("a route without a slash", "THAW118", lambda w: by_api(w, routes=["GET orders"]), "GET orders"),
    wrong("routes as text", "THAW058", lambda w: by_api(w, routes="GET /orders"), "write ['GET /orders']"),
    wrong("no requests at all", "THAW056", lambda w: by_api(w, requests_per_second=0), "0"),
    wrong("CORS of an API for everybody", "THAW117", lambda w: by_api(
        w, cors_preflight=apigatewayv2.CorsPreflightOptions(allow_origins=["*"], allow_credentials=True)
    ), "every origin"),
]  # fmt: skip


@each([*ANY, *QUEUES, *TOPICS, *BUCKETS, *TABLES, *TIMES, *HTTP])
def test_a_wrong_use_is_refused(use: WrongUse, tmp_path: Path) -> None:
    assert_refused(use, tmp_path)
