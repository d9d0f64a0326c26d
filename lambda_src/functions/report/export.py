"""The same results for programs: JSON and CSV."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from choice import Choice
from results import Data, Result, Statistics

FORMAT = "thaw-report/1"
SERIES = ("source", "runtime", "display", "package", "memory_mb", "architecture", "measured_at")
FIGURES = tuple(field.name for field in fields(Statistics))
PHASES = ("cold", "warm")
ROWS_A_PART = 200
# What makes a spreadsheet take a text for a formula: https://owasp.org/www-community/attacks/CSV_Injection
FORMULAS = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - the wide ones as well


def as_json(data: Data, choice: Choice) -> Iterator[str]:
    """One document, ``{"format": ..., "results": [...]}``, in parts; the fastest cold start first."""
    yield f'{{"format": "{FORMAT}", "results": ['
    for start, part in parts(choice.among(data.results)):
        yield ("," if start else "") + ",\n".join(json.dumps(document(result)) for result in part)
    yield "]}\n"


def document(result: Result) -> dict[str, Any]:
    phases = {phase: figures(getattr(result, phase)) for phase in PHASES}
    return (
        {name: getattr(result, name) for name in SERIES}
        | phases
        | {"measured_at": timestamp(result.measured_at)}
    )


def figures(of: Statistics | None) -> dict[str, float | None] | None:
    return None if of is None else {name: getattr(of, name) for name in FIGURES}


def as_csv(data: Data, choice: Choice) -> Iterator[str]:
    """A line of names and a line for each result, in parts; what there is none of is empty (RFC 4180)."""
    yield lines([[*SERIES, *(f"{phase}_{figure}" for phase in PHASES for figure in FIGURES)]])
    for _, part in parts(choice.among(data.results)):
        yield lines([cells(result) for result in part])


def cells(result: Result) -> list[object]:
    series = document(result)
    phases = [series[phase] or {} for phase in PHASES]
    return [
        *(harmless(series[name]) for name in SERIES),
        *(phase.get(figure) for phase in phases for figure in FIGURES),
    ]


def harmless(value: object) -> object:
    """What no spreadsheet computes: a text that would be a formula gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value


def lines(rows: list[list[object]]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue()


def parts(results: list[Result]) -> Iterator[tuple[int, list[Result]]]:
    for start in range(0, len(results), ROWS_A_PART):
        yield start, results[start : start + ROWS_A_PART]


def timestamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
