"""Facts of the managed runtimes: which are at their end, and what follows them. Data and pure look-ups, nothing else.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, by way of cfn-lint 1.58 (November 2026). No check
asks for today's date, so that a synthesis depends on its sources alone.
"""

from datetime import date
from typing import NamedTuple

AS_OF = date(2026, 11, 21)


class End(NamedTuple):
    """The end of a runtime: of patches, of the creation of functions, of their updates."""

    deprecated: date
    create_blocked: date
    update_blocked: date


def _end(deprecated: str, create_blocked: str, update_blocked: str) -> End:
    return End(*map(date.fromisoformat, (deprecated, create_blocked, update_blocked)))


# Of every runtime that is deprecated at AS_OF; provided.al2 is in ``limits``.
ENDS = {
    "dotnet6": _end("2024-12-20", "2027-02-01", "2027-03-03"),
    "dotnet8": _end("2026-11-10", "2027-02-01", "2027-03-03"),
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
    "python2.7": _end("2021-07-15", "2021-07-15", "2022-05-30"),
    "python3.6": _end("2022-07-18", "2022-07-18", "2022-08-29"),
    "python3.7": _end("2023-12-04", "2024-01-09", "2027-03-03"),
    "python3.8": _end("2024-10-14", "2027-02-01", "2027-03-03"),
    "python3.9": _end("2025-12-15", "2027-02-01", "2027-03-03"),
    "python3.10": _end("2026-10-31", "2027-02-01", "2027-03-03"),
    "ruby2.5": _end("2021-07-30", "2021-07-30", "2022-03-31"),
    "ruby2.7": _end("2023-12-07", "2024-01-09", "2027-03-03"),
    "ruby3.2": _end("2026-03-31", "2027-02-01", "2027-03-03"),
}
# The newest runtime of each family, by how the family's names begin.
NEWEST = {
    "dotnet": "dotnet10",
    "go": "provided.al2023",
    "java": "java25",
    "nodejs": "nodejs24.x",
    "provided": "provided.al2023",
    "python": "python3.14",
    "ruby": "ruby4.0",
}


def newest_of(runtime: str) -> str:
    """The newest runtime of the family that ``runtime`` belongs to."""
    return next(
        (newest for family, newest in NEWEST.items() if runtime.startswith(family)), "provided.al2023"
    )
