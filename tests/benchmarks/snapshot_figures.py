"""Figures with their limits and spread, computed from raw runs."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from thaw_cli.bench.measure import Run
from thaw_cli.bench.results import percentile

MEGABYTE = 1e6


@dataclass(frozen=True)
class Figure:
    """One figure, the most it may be, and how far it varied.

    Attributes:
        name: what was measured.
        value: in ``unit``.
        limit: the most it may be; None where nothing was promised.
        unit: ``share`` of another (shown as 1/N), ``times`` another, or the unit's symbol.
        spread: first and third quartile, of ratios of runs that followed each other where it is a ratio.
        note: what a reader has to know beside the general conditions.
    """

    name: str
    value: float
    limit: float | None
    unit: str
    spread: tuple[float, float] | None = None
    note: str = ""

    @property
    def reached(self) -> bool:
        """Whether it is within its limit."""
        return self.limit is None or self.value <= self.limit


def ratio(
    name: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    limit: float | None,
    *,
    unit: str = "share",
    note: str = "",
) -> Figure:
    """How two medians compare; ``ours`` and ``theirs`` are pairs of runs that were made one after the other."""
    pairs = [one / other for one, other in zip(ours, theirs, strict=True)]
    return Figure(
        name, statistics.median(ours) / statistics.median(theirs), limit, unit, quartiles(pairs), note
    )


def median(name: str, values: Sequence[float], limit: float | None, unit: str, note: str = "") -> Figure:
    """A median with its quartiles."""
    return Figure(name, statistics.median(values), limit, unit, quartiles(values), note)


def repeats(answers: Sequence[Mapping[str, str]]) -> Figure:
    """How many of the values that environments answered with had been answered before, whatever they came from."""
    again = {source: len(answers) - len({answer[source] for answer in answers}) for source in answers[0]}
    return Figure(
        f"values repeated in {len(answers)} environments",
        sum(again.values()),
        0,
        "",
        note=", ".join(source for source, number in again.items() if number) or ", ".join(again),
    )


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """The first and the third."""
    return percentile(values, 25), percentile(values, 75)


def figures_table(figures: Sequence[Figure]) -> Table:
    """Each figure beside its limit."""
    table = Table(show_edge=False, title="Figures", title_justify="left")
    for column in ("figure", "reached", "quartiles", "at most", "", "note"):
        table.add_column(column, overflow="fold")
    for figure in figures:
        show = _SHOWN.get(figure.unit, lambda value, unit=figure.unit: f"{value:.1f} {unit}".strip())
        table.add_row(
            Text(figure.name),
            show(figure.value),
            " - ".join(map(show, sorted(figure.spread))) if figure.spread else "",
            "" if figure.limit is None else show(figure.limit),
            _verdict(figure),
            Text(figure.note),
        )
    return table


def starts_table(runs: Mapping[str, Sequence[Run]], title: str) -> Table:
    """Exec to first response in milliseconds, and the memory then in use."""
    table = Table(show_edge=False, title=title, title_justify="left")
    for column in ("milliseconds", "N", "p25", "p50", "p75", "p99", "RSS, MB"):
        table.add_column(column, justify="left" if column == "milliseconds" else "right", no_wrap=True)
    for name, each in runs.items():
        cold = [run.cold_ms for run in each]
        table.add_row(
            Text(name),
            str(len(cold)),
            *(f"{percentile(cold, percent):.2f}" for percent in (25, 50, 75, 99)),
            f"{statistics.median(run.resident_bytes for run in each) / MEGABYTE:.1f}",
        )
    return table


def _verdict(figure: Figure) -> str:
    if figure.limit is None:
        return ""
    return "[green]met[/green]" if figure.reached else "[red]MISSED[/red]"


_SHOWN: Mapping[str, Callable[[float], str]] = {
    "share": lambda value: f"1/{1 / value:.1f}",
    "times": lambda value: f"{value:.2f} x",
    "": lambda value: f"{value:.0f}",
}
