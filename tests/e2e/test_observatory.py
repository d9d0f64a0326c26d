"""The main job: a real `cdk deploy`, real uploads, rows in a real PostgreSQL, alerts at a real webhook."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from constructs_lib.bundling import Architecture
from constructs_lib.bundling.starts import obstacle
from tests.processes import await_condition
from thaw_cli import cdk
from thaw_cli.demo.deployed import download
from thaw_cli.demo.webhook import Webhook
from thaw_cli.local.cloud import Cloud

ROOT = Path(__file__).parents[2]
PLENTY = 100_000_000


@dataclass(frozen=True)
class Deployed:
    """The deployed service with its webhook."""

    cloud: Cloud
    outputs: dict[str, str]
    webhook: Webhook

    def upload(self, name: str, body: bytes) -> None:
        bucket = self.outputs["ResultsBucket"]
        self.cloud.aws.client("s3").put_object(Bucket=bucket, Key=f"results/{name}", Body=body)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.cloud.postgres.dsn, autocommit=True) as connection:
            try:
                return connection.execute(query.encode(), values).fetchall()
            except psycopg.errors.UndefinedTable:  # nothing has arrived yet, so nothing was migrated
                return []

    def samples_of(self, runtime: str) -> list[float]:
        query = (
            "SELECT milliseconds FROM observatory.samples JOIN observatory.results ON results.id = result_id "
            "WHERE runtime = %s ORDER BY position"
        )
        return [row[0] for row in self.rows(query, runtime)]

    def reason(self, name: str) -> str | None:
        s3, bucket = self.cloud.aws.client("s3"), self.outputs["ResultsBucket"]
        key = f"quarantine/results/{name}.reason.json"
        if s3.list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"] == 0:
            return None
        reason: str = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())["reason"]
        return reason

    def waiting(self, queue: str) -> int:
        sqs = self.cloud.aws.client("sqs")
        names = ["ApproximateNumberOfMessages"]
        attributes = sqs.get_queue_attributes(QueueUrl=self.outputs[queue], AttributeNames=names)
        return int(attributes["Attributes"][names[0]])

    def errors_logged(self, function: str) -> int:
        name = self.outputs[function]
        configuration = self.cloud.aws.client("lambda").get_function_configuration(FunctionName=name)
        logs, group = self.cloud.aws.client("logs"), configuration["LoggingConfig"]["LogGroup"]
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return sum("[ERROR]" in event["message"] for page in pages for event in page["events"])


@pytest.fixture(scope="module")
def deployed(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with Webhook() as webhook:
        output = tmp_path_factory.mktemp("assembly")
        stacks = cdk.deploy_local(cloud.aws, project=ROOT, output=output, report=lambda _line: None)
        cloud.aws.set_webhook(webhook.url)
        outputs = {key: value for values in stacks.values() for key, value in values.items()}
        yield Deployed(cloud, outputs, webhook)


@pytest.fixture(scope="module", autouse=True)
def outage(deployed: Deployed) -> None:
    """An object came while PostgreSQL was down; it rests for a quarter of a minute, in which other tests run."""
    before = deployed.errors_logged("AggregateFunction")
    deployed.cloud.postgres.stop()
    deployed.upload("outage.json", document("outage", 12.0))
    # Only a delivery that has failed once shows that the outage was met.
    await_condition(lambda: deployed.errors_logged("AggregateFunction") > before, "a delivery that failed")
    deployed.cloud.postgres.start()


def document(runtime: str, *cold_ms: float, day: int = 1) -> bytes:
    return json.dumps(
        {
            "format": "thaw-bench/1",
            "measured_at": f"2026-11-{day:02}T12:00:00Z",
            "conditions": {"kernel": "6.1"},
            "results": [
                {
                    "runtime": runtime,
                    "display": runtime,
                    "package": "zip",
                    "memory_mb": 512,
                    "architecture": "x86_64",
                    "cold_ms": list(cold_ms),
                    "warm_ms": [],
                    "memory_used_mb": None,
                }
            ],
        }
    ).encode()


def test_an_uploaded_result_becomes_rows_in_postgresql(deployed: Deployed) -> None:
    deployed.upload("rows.json", document("rows", 10.5, 11.5))
    await_condition(lambda: deployed.samples_of("rows") == [10.5, 11.5], "two samples stored")


def test_the_same_object_delivered_twice_counts_once(deployed: Deployed) -> None:
    deployed.upload("twice.json", document("twice", 10.5, 11.5))
    await_condition(lambda: deployed.samples_of("twice") == [10.5, 11.5], "two samples stored")
    deployed.upload("twice.json", document("twice", 10.5, 11.5))
    deployed.upload("after-twice.json", document("after-twice", 1.0))
    await_condition(lambda: deployed.samples_of("after-twice") == [1.0], "what came later is stored")
    assert deployed.samples_of("twice") == [10.5, 11.5]


def test_a_slower_result_is_posted_to_the_webhook(deployed: Deployed) -> None:
    deployed.upload("alerted-1.json", document("alerted", 10, 10.1, 10.2, day=1))
    deployed.upload("alerted-2.json", document("alerted", 20, 20.1, 20.2, day=2))
    posts = deployed.webhook.received
    await_condition(lambda: any("alerted" in post["text"] for post in posts), "a post about the series")


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("empty.json", b"", "empty"),
        ("truncated.json", document("truncated", 1.0)[:-20], "not-json"),
        ("list.json", b"[1, 2]", "wrong-type"),
        ("unknown-field.json", document("unknown", 1.0)[:-1] + b', "extra": 1}', "unknown-field"),
        ("hundred-megabytes.json", b"[" + b" " * PLENTY + b"]", "too-large"),
    ],
    ids=["empty", "truncated", "not an object", "with an unknown field", "of 100 MB"],
)
def test_invalid_input_is_quarantined_with_its_reason_and_the_rest_goes_on(
    deployed: Deployed, name: str, body: bytes, reason: str
) -> None:
    deployed.upload(name, body)
    deployed.upload(f"after-{name}", document(f"after-{name}", 1.0))
    await_condition(lambda: deployed.reason(name) == reason, f"{name} quarantined as {reason}")
    await_condition(lambda: deployed.samples_of(f"after-{name}") == [1.0], "the next object stored")


def test_the_deployed_code_is_what_was_built(deployed: Deployed, tmp_path: Path) -> None:
    probe = download(deployed.cloud.aws, deployed.outputs["ProbeFunction"], tmp_path)
    assert (probe.root / "bootstrap").stat().st_mode & 0o111
    assert (probe.root / "handler.py").read_bytes() == (
        ROOT / "lambda_src" / "functions" / "probe" / "handler.py"
    ).read_bytes()


def test_the_probe_answers_through_the_cloud(deployed: Deployed) -> None:
    answer = deployed.cloud.aws.client("lambda").invoke(
        FunctionName=deployed.outputs["ProbeFunction"], Payload=b'{"key": "value"}'
    )
    assert json.loads(answer["Payload"].read()) == {"statusCode": 200}


def test_functions_in_the_cloud_run_from_their_snapshots(deployed: Deployed) -> None:
    deployed.upload("snapshot.json", document("taken up", 1.0, 2.0))
    await_condition(lambda: deployed.samples_of("taken up") == [1.0, 2.0], "the rows")
    if (reason := obstacle(Architecture.X86_64)) is not None:
        pytest.skip(reason)
    assert set(executables(deployed.cloud.aws.endpoint)) == {"bootstrap"}


def test_nothing_is_lost_while_postgresql_is_down(deployed: Deployed) -> None:
    await_condition(lambda: deployed.samples_of("outage") == [12.0], "the object stored after the outage")
    assert deployed.waiting("AggregateDeadLetters") == 0


def executables(endpoint: str) -> Iterator[str]:
    """Names of the files that the observatory's functions in a cloud execute; a portable start is one of ld.so."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended in the meantime
            environment = (process / "environ").read_text().split("\0")
            is_function = any(each.startswith("AWS_LAMBDA_FUNCTION_NAME=thaw-local-") for each in environment)
            if is_function and f"AWS_ENDPOINT_URL={endpoint}" in environment:
                yield (process / "exe").readlink().name
