"""What AWS takes and when it stops to, beyond what concerns artifacts (``constructs_lib.bundling.limits``). Data alone.

Every date was read in November 2026; no check asks for today's, so that a synthesis depends on its sources alone.
"""

from datetime import date
from typing import NamedTuple

from constructs_lib.bundling.limits import (
    EPHEMERAL_STORAGE_MB,
    MEMORY_MB,
    OPERATING_SYSTEMS,
    TIMEOUT_SECONDS,
    OperatingSystem,
)

AS_OF = date(2026, 11, 21)


class End(NamedTuple):
    """The end of a runtime: of patches, of the creation of functions, of their updates."""

    deprecated: date
    create_blocked: date
    update_blocked: date


def _end(deprecated: str, create_blocked: str, update_blocked: str) -> End:
    return End(*map(date.fromisoformat, (deprecated, create_blocked, update_blocked)))


_AL2 = OPERATING_SYSTEMS[OperatingSystem.PROVIDED_AL2]

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, and the rules E2531, E2533 and W2531 of the
# CloudFormation validation in aws-cdk-lib 2.275.
RUNTIME_ENDS = {
    "dotnet6": _end("2024-12-20", "2027-02-01", "2027-03-03"),
    "dotnetcore1.0": _end("2019-06-27", "2019-06-30", "2019-07-30"),
    "dotnetcore2.0": _end("2019-05-30", "2019-04-30", "2019-05-30"),
    "dotnetcore2.1": _end("2022-01-05", "2022-01-05", "2022-04-13"),
    "dotnetcore3.1": _end("2023-04-03", "2023-04-03", "2023-05-03"),
    "go1.x": _end("2024-01-08", "2024-02-08", "2027-03-03"),
    "java8": _end("2024-01-08", "2024-02-08", "2027-03-03"),
    "nodejs": _end("2016-08-30", "2016-09-30", "2016-10-31"),
    "nodejs4.3": _end("2020-03-05", "2020-02-03", "2020-03-05"),
    "nodejs6.10": _end("2019-08-12", "2019-07-12", "2019-08-12"),
    "nodejs8.10": _end("2020-03-06", "2020-02-04", "2020-03-06"),
    "nodejs10.x": _end("2021-07-30", "2021-07-30", "2022-02-14"),
    "nodejs12.x": _end("2023-03-31", "2023-03-31", "2023-04-30"),
    "nodejs14.x": _end("2023-12-04", "2024-01-09", "2027-03-03"),
    "nodejs16.x": _end("2024-06-12", "2027-02-01", "2027-03-03"),
    "nodejs18.x": _end("2025-09-01", "2027-02-01", "2027-03-03"),
    "nodejs20.x": _end("2026-04-30", "2027-02-01", "2027-03-03"),
    "provided": _end("2024-01-08", "2024-02-08", "2027-03-03"),
    "provided.al2": End(_AL2.deprecated, _AL2.create_blocked, _AL2.update_blocked),
    "python2.7": _end("2021-07-15", "2021-07-15", "2022-05-30"),
    "python3.6": _end("2022-07-18", "2022-07-18", "2022-08-29"),
    "python3.7": _end("2023-12-04", "2024-01-09", "2027-03-03"),
    "python3.8": _end("2024-10-14", "2027-02-01", "2027-03-03"),
    "python3.9": _end("2025-12-15", "2027-02-01", "2027-03-03"),
    "ruby2.5": _end("2021-07-30", "2021-07-30", "2022-03-31"),
    "ruby2.7": _end("2023-12-07", "2024-01-09", "2027-03-03"),
    "ruby3.2": _end("2026-03-31", "2027-02-01", "2027-03-03"),
}
# By how the names begin; the runtime that functions of the family should move to.
SUCCESSORS = {
    "dotnet": "dotnet10",
    "go": "provided.al2023",
    "java": "java25",
    "nodejs": "nodejs24.x",
    "provided": "provided.al2023",
    "python": "python3.14",
    "ruby": "ruby4.0",
}
# https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html
X86_64_ALONE = {
    "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "go1.x", "java8", "nodejs", "nodejs4.3", "nodejs6.10",
    "nodejs8.10", "nodejs10.x", "provided", "python2.7", "python3.6", "python3.7", "ruby2.5",
}  # fmt: skip
# https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html: Java from 11, Python from 3.12, .NET from 8.
SNAPSTART_RUNTIMES = r"java(1[1-9]|[2-9]\d)(\.al2023)?|python3\.(1[2-9]|[2-9]\d)|dotnet([89]|\d\d)"
SNAPSTART_STORAGE_MB = 512

# Of a function or a queue that does not say.
DEFAULT_TIMEOUT_SECONDS, DEFAULT_VISIBILITY_SECONDS = 3, 30
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
VISIBILITY_TIMEOUTS = 6
BATCH_WITHOUT_WINDOW = 10
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html, and of REST APIs by default
HTTP_API_SECONDS, REST_API_SECONDS = 30, 29

# Kind, property, lowest, highest, unit. The API references of Lambda, SQS and API Gateway have them.
FIGURES: tuple[tuple[str, str, int, int, str], ...] = (
    ("AWS::Lambda::Function", "MemorySize", MEMORY_MB[0], MEMORY_MB[-1], "MB"),
    ("AWS::Lambda::Function", "Timeout", TIMEOUT_SECONDS[0], TIMEOUT_SECONDS[-1], "s"),
    (
        "AWS::Lambda::Function",
        "EphemeralStorage.Size",
        EPHEMERAL_STORAGE_MB[0],
        EPHEMERAL_STORAGE_MB[-1],
        "MB",
    ),
    ("AWS::Lambda::EventInvokeConfig", "MaximumEventAgeInSeconds", 60, 21_600, "s"),
    ("AWS::Lambda::EventInvokeConfig", "MaximumRetryAttempts", 0, 2, "attempts"),
    ("AWS::Lambda::EventSourceMapping", "BatchSize", 1, 10_000, "records"),
    ("AWS::Lambda::EventSourceMapping", "MaximumBatchingWindowInSeconds", 0, 300, "s"),
    ("AWS::Lambda::EventSourceMapping", "MaximumRetryAttempts", -1, 10_000, "attempts"),
    ("AWS::Lambda::EventSourceMapping", "ParallelizationFactor", 1, 10, "batches of a shard at a time"),
    ("AWS::Lambda::EventSourceMapping", "ScalingConfig.MaximumConcurrency", 2, 1_000, "batches at a time"),
    ("AWS::Lambda::EventSourceMapping", "TumblingWindowInSeconds", 0, 900, "s"),
    ("AWS::SQS::Queue", "VisibilityTimeout", 0, 43_200, "s"),
    ("AWS::SQS::Queue", "MessageRetentionPeriod", 60, 1_209_600, "s"),
    ("AWS::SQS::Queue", "DelaySeconds", 0, 900, "s"),
    ("AWS::SQS::Queue", "ReceiveMessageWaitTimeSeconds", 0, 20, "s"),
    ("AWS::ApiGatewayV2::Integration", "TimeoutInMillis", 50, 30_000, "ms"),
)

# What invokes a function without waiting for it: https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
ASYNCHRONOUS_SERVICES = {
    "events.amazonaws.com": "EventBridge",
    "s3.amazonaws.com": "S3",
    "sns.amazonaws.com": "SNS",
    "scheduler.amazonaws.com": "EventBridge Scheduler",
    "ses.amazonaws.com": "SES",
    "iot.amazonaws.com": "IoT",
    "logs.amazonaws.com": "CloudWatch Logs",
    "codecommit.amazonaws.com": "CodeCommit",
}
