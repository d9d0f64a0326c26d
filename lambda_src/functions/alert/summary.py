"""Summaries of benchmark results, as the topic carries them and as the table keeps them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

FORMAT = "thaw-summary/1"
SUMMARY, ALERT = "summary#", "alert#"
# Fixed in width, so that the order of texts is the order of times.
TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z", re.ASCII)


class MessageError(Exception):
    """A message is not a summary that this function understands."""


@dataclass(frozen=True)
class Statistics:
    """Statistics of cold starts in milliseconds; ``sd`` is ``None`` for a single sample."""

    n: int
    mean: float
    sd: float | None

    def item(self) -> dict[str, Any]:
        sd = None if self.sd is None else decimal(self.sd)
        return {"n": self.n, "mean_ms": decimal(self.mean), "sd_ms": sd}

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

    def item(self) -> dict[str, Any]:
        """Write the summary as an item of the table."""
        return {
            "series": self.series,
            "item": SUMMARY + self.position,
            "revision": self.revision,
            "display": self.display,
            "measured_at": self.measured_at,
            "cold": None if self.cold is None else self.cold.item(),
            # As a text: the table's numbers have a smaller range than JSON's.
            "conditions": json.dumps(dict(self.conditions), sort_keys=True),
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> "Summary":
        """Read an item of the table."""
        return cls(
            series=item["series"],
            position=item["item"].removeprefix(SUMMARY),
            revision=int(item["revision"]),
            display=item["display"],
            cold=None if item["cold"] is None else Statistics.read(item["cold"]),
            conditions=json.loads(item["conditions"]),
        )

    @classmethod
    def from_message(cls, text: str) -> "Summary":
        """Read a message of the topic.

        Raises:
            MessageError: it is not a ``thaw-summary/1``.
        """
        try:
            return cls._from_fields(json.loads(text))
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise MessageError(f"not a {FORMAT} message: {type(error).__name__}: {error}") from None

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


def series_key(series: Mapping[str, Any]) -> str:
    """Join the fields of a series; unambiguous, because only the runtime may contain a slash."""
    fields = ("source", "runtime", "package", "memory_mb", "architecture")
    return "/".join(str(series[name]) for name in fields)


def decimal(number: float) -> Decimal:
    """Write a float as the shortest decimal that reads as the same float; DynamoDB takes no binary floats."""
    return Decimal(repr(number))
