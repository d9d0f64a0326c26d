"""The function ``aggregate`` against the local cloud, and what to feed it with."""

import json
import uuid
from pathlib import Path
from typing import Any

import psycopg
from task_root import ROOT, TaskRoot

from thaw_cli.local.cloud import Cloud

LAMBDA_PERF = ROOT.parent / "shared" / "data" / "lambda-perf"
SAMPLE = Path(__file__).parent / "samples" / "lambda-perf.json"


class Observatory:
    """The function ``aggregate`` with a bucket, a topic and a queue that hears what is published."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.s3, self.sns, self.sqs = (cloud.aws.client(name) for name in ("s3", "sns", "sqs"))
        self.bucket = f"results-{uuid.uuid4().hex}"
        self.s3.create_bucket(
            Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": cloud.aws.region}
        )
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        self.queue = self.sqs.create_queue(QueueName=self.bucket)["QueueUrl"]
        self.make_topic()
        self.task_root = self.execution_environment()

    def make_topic(self) -> None:
        """Make the topic, under the same name every time, and have the queue hear it."""
        self.topic = self.sns.create_topic(Name=self.bucket)["TopicArn"]
        answer = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])
        self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=answer["Attributes"]["QueueArn"])

    def execution_environment(self) -> TaskRoot:
        """Load the function once more, as a second execution environment would."""
        return TaskRoot(
            "aggregate",
            self.cloud.aws.variables()
            | {
                "DATABASE_SECRET": "thaw/database",
                "SUMMARY_TOPIC_ARN": self.topic,
                "QUARANTINE_PREFIX": "quarantine/",
            },
        )

    def put(self, key: str, body: bytes) -> str:
        """Upload an object and give its entity tag."""
        return str(self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)["ETag"])

    def event(self, key: str) -> dict[str, Any]:
        return {"detail": {"bucket": {"name": self.bucket}, "object": {"key": key}}}

    def deliver(self, key: str) -> None:
        self.task_root.handler.handle(self.event(key), None)

    def take_in(self, key: str, body: bytes) -> None:
        self.put(key, body)
        self.deliver(key)

    def body(self, key: str) -> bytes | None:
        found = self.task_root.objects.read(self.s3, self.task_root.notifications.Location(self.bucket, key))
        return None if found is None else found.body

    def samples(self, database: psycopg.Connection[Any], key: str) -> list[float]:
        """What the database holds of the cold starts in an object."""
        rows = database.execute(
            "SELECT milliseconds FROM observatory.samples JOIN observatory.results ON result_id = results.id"
            " JOIN observatory.objects ON object_id = objects.id WHERE bucket = %s AND key = %s"
            " AND phase = 'cold' ORDER BY runtime, position",
            (self.bucket, key),
        )
        return [value for (value,) in rows]

    def published(self, count: int) -> list[dict[str, Any]]:
        """Take exactly this many notifications off the queue."""
        messages: list[dict[str, Any]] = []
        while len(messages) < count:
            answer = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=5)
            assert answer.get("Messages"), f"only {len(messages)} of {count} messages were published"
            for message in answer["Messages"]:
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
                messages.append(json.loads(message["Body"]))
        return messages


def bench(
    *,
    runtime: str = "python",
    cold: tuple[float, ...] = (100.0, 110.0),
    measured_at: str = "2026-08-18T14:00:43Z",
) -> bytes:
    """A valid document of this project's own format with one result."""
    result = {
        "runtime": runtime,
        "display": "Python",
        "package": "zip",
        "memory_mb": 512,
        "architecture": "arm64",
    }
    samples = {"cold_ms": list(cold), "warm_ms": [1.5, 1.25], "memory_used_mb": 40.5}
    document = {
        "format": "thaw-bench/1",
        "measured_at": measured_at,
        "conditions": {"cpus": 2, "kernel": "6.1"},
        "results": [result | samples],
    }
    return json.dumps(document).encode()
