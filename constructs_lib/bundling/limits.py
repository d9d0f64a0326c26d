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
