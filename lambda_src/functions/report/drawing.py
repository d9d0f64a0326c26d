"""SVG: the distribution of one result, and how the times of a runtime depend on its memory.

What is drawn is numbers, but for titles, which are escaped here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from results import Result, Statistics
from scale import Scale, with_unit, written

# Half the height of a box, and where the boxes are.
HALF = 4.5
LANE, HEIGHT_OF_TWO, HEIGHT_OF_ONE = 8, 32, 16

WIDTH, HEIGHT = 260, 150
LEFT, RIGHT, TOP, BOTTOM = 46, 4, 8, 22
MOST_LABELS = 5


def legend(kind: str, text: str) -> str:
    """One entry of a legend, with its mark."""
    mark = f'<svg class="key" width="14" height="10" aria-hidden="true"><circle class="{kind}" cx="7" cy="5" r="4"/></svg>'
    return f"<li>{mark}{escape(text)}</li>"


# --- distributions -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lanes:
    """What all distributions of a table have in common: the axis, and whether any has warm samples."""

    scale: Scale
    two: bool

    @classmethod
    def of(cls, results: Sequence[Result]) -> "Lanes":
        phases = [phase for result in results for phase in (result.cold, result.warm) if phase]
        scale = Scale.of(time for phase in phases for time in (phase.min_ms, phase.max_ms))
        return cls(scale, any(result.warm for result in results))

    @property
    def height(self) -> int:
        return HEIGHT_OF_TWO if self.two else HEIGHT_OF_ONE

    def place(self, time: float) -> str:
        """Where a time is, as the share of a width that only the browser knows."""
        return f"{100 * self.scale.share(time):.1f}%"

    def axis(self) -> str:
        """The labels of the axis, for the head of the column."""
        labels = "".join(
            f'<text x="{self.place(tick)}" y="10">{with_unit(tick)}</text>' for tick in self.scale.ticks()
        )
        return f'<svg class="axis" width="100%" height="13" aria-hidden="true">{labels}</svg>'

    @property
    def grid(self) -> str:
        """The class of a table that draws the lines of the axis into every row."""
        return f"d{self.scale.last - self.scale.first}"

    def distribution(self, result: Result) -> str:
        """Cold above warm, each from the least to the 99th percentile, the greatest as a dot."""
        title = said("cold", result.cold)
        if result.warm:
            boxes = self.box("cold", result.cold, LANE) + self.box("warm", result.warm, self.height - LANE)
            title += "; " + said("warm", result.warm)
        else:
            boxes = self.box("cold", result.cold, self.height // 2)
        return f'<svg class="box" role="img" width="100%" height="{self.height}"><title>{title}</title>{boxes}</svg>'

    def box(self, kind: str, of: Statistics, y: int) -> str:
        least, median, most, end = map(self.place, (of.min_ms, of.p50_ms, of.p99_ms, of.max_ms))
        left, right = (100 * self.scale.share(time) for time in (of.p25_ms, of.p75_ms))
        return (
            f'<g class="{kind}"><line x1="{least}" x2="{most}" y1="{y}" y2="{y}"/>'
            f'<rect x="{left:.1f}%" y="{y - HALF}" width="{max(right - left, 0.3):.1f}%" height="{2 * HALF}"/>'
            f'<line class="m" x1="{median}" x2="{median}" y1="{y - HALF}" y2="{y + HALF}"/>'
            f'<circle cx="{end}" cy="{y}" r="1.5"/></g>'
        )


def said(kind: str, of: Statistics) -> str:
    """A distribution in words, which is what a screen reader says and a pointer shows."""
    half = f"half within {written(of.p25_ms)} to {written(of.p75_ms)}"
    return f"{kind} p50 {written(of.p50_ms)} ms, {half}, max {written(of.max_ms)}"


# --- times by memory -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Panels:
    """What the panels of all runtimes have in common: memory sizes, evenly spaced, and the axis of times."""

    scale: Scale
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, results: Sequence[Result]) -> "Panels":
        phases = [phase for result in results for phase in (result.cold, result.warm) if phase]
        scale = Scale.of(time for phase in phases for time in (phase.p50_ms, phase.p99_ms))
        return cls(scale, tuple(sorted({result.memory_mb for result in results})))

    def x(self, memory_mb: int) -> float:
        step = (WIDTH - LEFT - RIGHT) / len(self.sizes)
        return LEFT + step * (self.sizes.index(memory_mb) + 0.5)

    def y(self, time: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * self.scale.share(time)

    def panel(self, name: str, results: Sequence[Result], number: int) -> str:
        """Medians of one runtime, a line for each package and architecture."""
        title, described = f"t{number}", f"d{number}"
        marks = "".join(self.line(kind, line) for line in lines_of(results) for kind in ("warm", "cold"))
        return (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{title} {described}">'
            f'<title id="{title}">{escape(name)}: start times by memory</title>'
            f'<desc id="{described}">{escape(description(results))}</desc>{self.frame()}{marks}</svg>'
        )

    def frame(self) -> str:
        rows = "".join(
            f'<line class="g" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{self.y(tick):.1f}" y2="{self.y(tick):.1f}"/>'
            f'<text class="y" x="{LEFT - 5}" y="{self.y(tick) + 3.5:.1f}">{with_unit(tick)}</text>'
            for tick in self.scale.ticks()
        )
        every = -(-len(self.sizes) // MOST_LABELS)
        labels = "".join(
            f'<text class="x" x="{self.x(size):.1f}" y="{HEIGHT - 6}">{size}</text>'
            for size in self.sizes[::every]
        )
        return rows + labels

    def line(self, kind: str, results: Sequence[Result]) -> str:
        marked = [(result, phase) for result in results if (phase := getattr(result, kind))]
        if not marked:
            return ""
        points = " ".join(f"{self.x(result.memory_mb):.1f},{self.y(of.p50_ms):.1f}" for result, of in marked)
        line = f'<polyline points="{points}"/>' if len(marked) > 1 else ""
        marks = "".join(self.mark(kind, result, of) for result, of in marked)
        dashed = " arm" if results[0].architecture == "arm64" else ""
        return f'<g class="{kind}{dashed}">{line}{marks}</g>'

    def mark(self, kind: str, result: Result, of: Statistics) -> str:
        x, y = self.x(result.memory_mb), self.y(of.p50_ms)
        where = f"{result.memory_mb} MB, {result.package}, {result.architecture}"
        title = f"{where}: {kind} p50 {written(of.p50_ms)} ms, p99 {written(of.p99_ms)} ms"
        shape = (
            f'<rect class="k" x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6">'
            if result.package == "image"
            else f'<circle class="k" cx="{x:.1f}" cy="{y:.1f}" r="3.2">'
        )
        end = "</rect>" if result.package == "image" else "</circle>"
        whisker = f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y:.1f}" y2="{self.y(of.p99_ms):.1f}"/>'
        return f"{whisker}{shape}<title>{escape(title)}</title>{end}"


def lines_of(results: Sequence[Result]) -> Iterator[list[Result]]:
    """Results that differ in memory alone, by rising memory."""
    lines: dict[tuple[str, str, str], list[Result]] = {}
    for result in sorted(results, key=lambda result: result.memory_mb):
        lines.setdefault((result.source, result.package, result.architecture), []).append(result)
    return iter(lines.values())


def description(results: Sequence[Result]) -> str:
    """What a panel shows, for who cannot see it."""
    cold = [result.cold.p50_ms for result in results]
    warm = [result.warm.p50_ms for result in results if result.warm]
    said = f"Median cold starts from {written(min(cold))} to {written(max(cold))} ms"
    return f"{said}, warm from {written(min(warm))} to {written(max(warm))} ms." if warm else f"{said}."
