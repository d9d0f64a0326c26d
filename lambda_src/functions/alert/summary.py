"""Summaries of benchmark results, as the topic carries them and as a history keeps them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = "thaw-summary/1"
MESSAGE_FORMAT = "thaw-summaries/1"
# Fixed in width, so that the order of texts is the order of times.
TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z", re.ASCII)
# DynamoDB's numbers have at most 38 digits and end at 1e126; the ratio of two means has to be one as well.
COUNTS = range(1, 10**38)
LEAST, MOST = 1e-60, 1e60
# DynamoDB's keys have at most 2,048 and 1,024 bytes; the sort key has a prefix.
SERIES_BYTES, POSITION_BYTES = 2048, 1000
# A result's share of the 400 KB that an item may have. Aggregate lets at most 8,192 bytes of conditions through.
ROW_BYTES = 9000


class MessageError(Exception):
    """A message is not a summary that this function understands."""


@dataclass(frozen=True)
class Statistics:
    """Statistics of cold starts in milliseconds; ``sd`` is ``None`` for a single sample.

    Raises:
        ValueError: a number that the table cannot hold.
    """

    n: int
    mean: float
    sd: float | None

    def __post_init__(self) -> None:
        spread = self.sd or LEAST
        if self.n not in COUNTS or not LEAST <= self.mean <= MOST or not LEAST <= spread <= MOST:
            raise ValueError(f"out of range: {self}")

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> "Statistics":
        sd = fields["sd_ms"]
        return cls(int(fields["n"]), float(fields["mean_ms"]), None if sd is None else float(sd))


@dataclass(frozen=True)
class Summary:
    """One result of a series, reduced to what comparing it needs.

    Args:
        series: the table's partition key.
        position: time and id, which order the results of a series.
        revision: of two summaries with one position the greater revision is newer.
        cold: ``None`` for a withdrawn result, which keeps its place but is compared with nothing.
    """

    series: str
    position: str
    revision: int
    display: str
    cold: Statistics | None
    conditions: Mapping[str, Any] = field(default_factory=dict)

    @property
    def measured_at(self) -> str:
        return self.position.partition("#")[0]

    def row(self) -> list[Any]:
        """Write the summary for its series' history, as what JSON has; ``from_row`` reads it."""
        cold = None if self.cold is None else [self.cold.n, self.cold.mean, self.cold.sd]
        return [self.position, self.revision, self.display, cold, dict(self.conditions)]

    @classmethod
    def from_row(cls, series: str, row: list[Any]) -> "Summary":
        """Read a row of the history of a series."""
        position, revision, display, cold, conditions = row
        return cls(
            series, position, revision, display, None if cold is None else Statistics(*cold), conditions
        )

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Summary":
        """Read a summary of a message of the topic.

        Raises:
            MessageError: it is not a ``thaw-summary/1``, or holds more than the table can.
        """
        try:
            summary = cls._from_fields(fields)
            require_room(summary)
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise MessageError(f"not a {FORMAT}: {type(error).__name__}: {error}") from None
        return summary

    @classmethod
    def _from_fields(cls, fields: Mapping[str, Any]) -> "Summary":
        if fields["format"] != FORMAT or not TIMESTAMP.fullmatch(fields["measured_at"]):
            raise ValueError("unknown format or time")
        withdrawn = fields["withdrawn"]
        return cls(
            series=series_key(fields["series"]),
            position=f"{fields['measured_at']}#{fields['id']}",
            revision=int(fields["revision"]),
            display=str(fields["display"]),
            cold=None if withdrawn else Statistics.read(fields["cold"]),
            conditions={} if withdrawn else dict(fields["conditions"]),
        )


def read_message(text: str) -> list[Summary]:
    """Read a message of the topic, which carries one or more summaries.

    Raises:
        MessageError: it is not a ``thaw-summaries/1``, or one of its summaries cannot be taken in.
    """
    try:
        message = json.loads(text)
        known, summaries = message["format"] == MESSAGE_FORMAT, list(message["summaries"])
    except (KeyError, TypeError, ValueError) as error:
        raise MessageError(f"not a {MESSAGE_FORMAT} message: {type(error).__name__}: {error}") from None
    if not known:
        raise MessageError(f"not a {MESSAGE_FORMAT} message but of format {message['format']!r}")
    return [Summary.from_fields(fields) for fields in summaries]


def series_key(series: Mapping[str, Any]) -> str:
    """Join the fields of a series; unambiguous, because only the runtime may contain a slash."""
    fields = ("source", "runtime", "package", "memory_mb", "architecture")
    return "/".join(str(series[name]) for name in fields)


def compact(value: object) -> str:
    """Write JSON without the spaces and escapes that nobody needs."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def require_room(summary: Summary) -> None:
    for text, most in (
        (summary.series, SERIES_BYTES),
        (summary.position, POSITION_BYTES),
        (compact(summary.row()), ROW_BYTES),
    ):
        if len(text.encode()) > most:
            raise ValueError(f"more than {most} bytes: {text[:100]}...")
