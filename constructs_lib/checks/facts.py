"""What AWS takes of the resources around a function. Data alone; what concerns artifacts is in ``constructs_lib.bundling``."""

from constructs_lib.bundling.limits import (
    EPHEMERAL_STORAGE_MB,
    MEMORY_MB,
    OPERATING_SYSTEMS,
    TIMEOUT_SECONDS,
    OperatingSystem,
)
from constructs_lib.bundling.managed_runtimes import ENDS, End

_AL2 = OPERATING_SYSTEMS[OperatingSystem.PROVIDED_AL2]
RUNTIME_ENDS = ENDS | {
    OperatingSystem.PROVIDED_AL2: End(_AL2.deprecated, _AL2.create_blocked, _AL2.update_blocked)
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
