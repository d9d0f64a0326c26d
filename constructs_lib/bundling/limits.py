"""Facts of the platform: limits, operating systems, dates. Data and pure look-ups, nothing else.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html for the limits,
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html for the dates (as of November 2026).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

MEBIBYTE = 1 << 20

ZIP_BYTES = 50 * MEBIBYTE
UNZIPPED_BYTES = 250 * MEBIBYTE
ENVIRONMENT_BYTES = 4096

LAYERS = 5
MEMORY_MB = range(128, 10_241)
TIMEOUT_SECONDS = range(1, 901)
EPHEMERAL_STORAGE_MB = range(512, 10_241)

# What Lambda sets itself and nobody else may: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
RESERVED_VARIABLES = frozenset({
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_METADATA_TOKEN",
})  # fmt: skip
VARIABLE_NAME = r"[a-zA-Z]\w+"  # of ASCII characters


class OperatingSystem(StrEnum):
    """The OS-only runtimes, by the names Lambda's API gives them."""

    PROVIDED_AL2 = "provided.al2"
    PROVIDED_AL2023 = "provided.al2023"


@dataclass(frozen=True, kw_only=True)
class OperatingSystemFacts:
    """What matters of an OS-only runtime.

    Attributes:
        glibc: version of its C library, for executables that do not bring their own.
        deprecated: end of patches and support.
        create_blocked, update_blocked: first day on which functions can no longer be created, or changed.
    """

    glibc: tuple[int, int]
    deprecated: date
    create_blocked: date
    update_blocked: date


OPERATING_SYSTEMS = {
    OperatingSystem.PROVIDED_AL2: OperatingSystemFacts(
        glibc=(2, 26),
        deprecated=date(2026, 7, 31),
        create_blocked=date(2027, 2, 1),
        update_blocked=date(2027, 3, 3),
    ),
    OperatingSystem.PROVIDED_AL2023: OperatingSystemFacts(
        glibc=(2, 34),
        deprecated=date(2029, 6, 30),
        create_blocked=date(2029, 7, 31),
        update_blocked=date(2029, 8, 31),
    ),
}


def megabytes(count: int) -> str:
    """A size for people, in the MB of Lambda's limits (1,048,576 bytes)."""
    return f"{count / MEBIBYTE:.1f} MB"
