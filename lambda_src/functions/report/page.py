"""The page: HTML and SVG, streamed in parts. Nothing in it is from elsewhere, and no script is needed.

Every text of an uploaded result goes through ``escape`` on its way here; numbers do not need it.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from pathlib import Path

from choice import Choice
from drawing import Lanes, Panels, legend
from results import Data, Result
from scale import with_unit, written

STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect y='2' width='13' height='5' rx='1' fill='%231f5fb4'/%3E%3Crect y='9' width='5' height='5' rx='1' fill='%23b4510a'/%3E%3C/svg%3E"
)
POLICY = (
    "default-src 'none'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
)
MOST_ROWS = 1000
PANELS_AT_ONCE = 12
ROWS_AT_ONCE = 100
ROWS_A_PART = 50


def page(data: Data, choice: Choice) -> Iterator[str]:
    """The parts of the page, in the order in which they are shown.

    Args:
        data: all results, the fastest first.
        choice: those to show.
    """
    shown = choice.among(data.results)
    yield head(data, shown)
    yield form(data.results, choice)
    if shown:
        yield from overview(shown)
        yield from table(shown)
    else:
        yield f'<main><p class="none">{nothing(data)}</p></main>'
    yield foot(choice)


def head(data: Data, shown: Sequence[Result]) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Cold starts</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="{ICON}"><style>{STYLE}</style></head>'
        f'<body><header><h1>Cold starts</h1><p class="soft">{summary(data, shown)}</p>'
    )


def summary(data: Data, shown: Sequence[Result]) -> str:
    if not shown:
        return f"{count(len(data.results), 'series')} stored."
    samples = sum(phase.n for result in shown for phase in (result.cold, result.warm) if phase)
    newest, fastest = max(result.measured_at for result in shown), shown[0]
    sources = len({result.source for result in shown})
    differ = " Sources measure in different ways: choose one to compare." if sources > 1 else ""
    return (
        f"The newest result of {count(len(shown), 'series')}, {count(samples, 'samples')}, the latest of {moment(newest)}. "
        f"Fastest: {escape(fastest.display)} with {fastest.memory_mb}&nbsp;MB, "
        f"half of its cold starts within {written(fastest.cold.p50_ms)}&nbsp;ms.{differ}"
    )


def count(number: int, what: str) -> str:
    return f"{number:,} {what.removesuffix('s') if number == 1 and what != 'series' else what}"


def moment(time: datetime) -> str:
    utc = time.astimezone(UTC)
    return f'<time datetime="{utc:%Y-%m-%dT%H:%MZ}">{utc.day} {utc:%B %Y, %H:%M}&nbsp;UTC</time>'


def nothing(data: Data) -> str:
    if data.results:
        return "No series is like that. Change the choice above, or show all of them."
    return "There are no results yet. They appear here once the first file of results is uploaded."


# --- what to show --------------------------------------------------------------------------------------------------


def form(results: Sequence[Result], choice: Choice) -> str:
    """The filters, with what there is to choose from; nothing where there is nothing."""
    if not results:
        return "</header>"
    runtimes = {result.runtime: result.display for result in reversed(results)}
    fields = [
        select(
            "runtime",
            "Runtime",
            sorted(runtimes.items(), key=lambda each: each[1].casefold()),
            choice.runtime,
        ),
        select(
            "memory", "Memory", [(size, f"{size} MB") for size in values(results, "memory_mb")], choice.memory
        ),
        *(
            select(
                name,
                name.title(),
                [(value, str(value)) for value in values(results, name)],
                getattr(choice, name),
            )
            for name in ("package", "architecture", "source")
        ),
    ]
    everything = '<a href="?">Show all</a>' if choice.query else ""
    return f"<form>{''.join(fields)}<button>Show</button>{everything}</form></header>"


def values(results: Sequence[Result], name: str) -> list[str | int]:
    return sorted({getattr(result, name) for result in results})


def select(name: str, label: str, options: Sequence[tuple[str | int, str]], chosen: str | int | None) -> str:
    """A field of the form. Where a label was chosen, its option is marked as well."""
    choices = "".join(
        f'<option value="{escape(str(value))}"{" selected" * (chosen in {value, text})}>{escape(text)}</option>'
        for value, text in options
    )
    return f'<label>{label}<select name="{name}"><option value="">any</option>{choices}</select></label>'


# --- what is shown -------------------------------------------------------------------------------------------------


def overview(results: Sequence[Result]) -> Iterator[str]:
    """A panel for each runtime, the fastest first; from the thirteenth on behind a click."""
    panels, runtimes = Panels.of(results), runtimes_of(results)
    yield (
        '<main><h2>Cold against warm</h2><p class="soft">Median start in milliseconds by memory in MB; both axes are the same in all '
        "panels, and the time axis is logarithmic. The thin line ends at the 99th percentile.</p>"
        f'<ul class="legend">{keys(results)}<li>solid x86_64, dashed arm64</li><li>round zip, square image</li></ul>'
        '<div class="panels">'
    )
    for number, (name, those) in enumerate(runtimes):
        if number == PANELS_AT_ONCE:
            yield f'</div><details><summary>{len(runtimes) - number} more</summary><div class="panels">'
        best = written(those[0].cold.p50_ms)
        caption = f"<figcaption><span>{escape(name)}</span><small>from {best} ms</small></figcaption>"
        yield f"<figure>{caption}{panels.panel(name, those, number)}</figure>"
    yield "</div></details>" if len(runtimes) > PANELS_AT_ONCE else "</div>"


def runtimes_of(results: Sequence[Result]) -> list[tuple[str, list[Result]]]:
    """Results by runtime, under the label of the fastest."""
    runtimes: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        runtimes.setdefault((result.source, result.runtime), []).append(result)
    return [(those[0].display, those) for those in runtimes.values()]


def keys(results: Sequence[Result]) -> str:
    warm = legend("warm", "warm invocation") if any(result.warm for result in results) else ""
    return legend("cold", "cold start") + warm


def table(results: Sequence[Result]) -> Iterator[str]:
    """A row for each result, the fastest cold start first; from the 101st on behind a click."""
    rows = results[:MOST_ROWS]
    lanes = Lanes.of(rows)
    first, last = with_unit(lanes.scale.ticks()[0]), with_unit(lanes.scale.ticks()[-1])
    yield (
        '<h2 id="every">Every series</h2><p class="soft">Fastest cold start first. A box holds the middle half of the samples, with the '
        f"median marked; the line runs from the least to the 99th percentile, and the dot is the greatest. From {first} to {last}, "
        f'logarithmic.{left_out(len(results))}</p><ul class="legend">{keys(rows)}</ul>'
    )
    yield from table_of(rows[:ROWS_AT_ONCE], lanes)
    if more := rows[ROWS_AT_ONCE:]:
        yield f"<details><summary>{len(more)} more</summary>"
        yield from table_of(more, lanes)
        yield "</details>"
    yield "</main>"


def left_out(number: int) -> str:
    if number <= MOST_ROWS:
        return ""
    fastest = f" These are the {MOST_ROWS:,} fastest of {number:,}"
    return f"{fastest}; choose fewer above, or take all of them as JSON or CSV."


def table_of(results: Sequence[Result], lanes: Lanes) -> Iterator[str]:
    yield f'<table class="{lanes.grid}" aria-labelledby="every">{table_head(lanes)}<tbody>'
    for start in range(0, len(results), ROWS_A_PART):
        yield "".join(row(result, lanes) for result in results[start : start + ROWS_A_PART])
    yield "</tbody></table>"


def table_head(lanes: Lanes) -> str:
    series = "".join(
        f'<th scope="col" rowspan="2">{name}</th>' for name in ("Runtime", "Memory", "Package", "Arch.")
    )
    columns = "".join(
        f'<th scope="col">{name}</th>' for name in ("n", "p50", "p95", "p99", "mean ± SD", "p50", "p99")
    )
    return (
        f'<thead><tr>{series}<th scope="col" rowspan="2" class="spread">Distribution{lanes.axis()}</th>'
        '<th scope="colgroup" colspan="5">Cold start, ms</th><th scope="colgroup" colspan="2">Warm, ms</th></tr>'
        f"<tr>{columns}</tr></thead>"
    )


def row(result: Result, lanes: Lanes) -> str:
    cold, warm = result.cold, result.warm
    deviation = f" <i>± {written(cold.sd_ms)}</i>" if cold.sd_ms is not None else ""
    hot = (written(warm.p50_ms), written(warm.p99_ms)) if warm else ("&ndash;", "&ndash;")
    return (
        f'<tr><th scope="row">{escape(result.display)}<small>{escape(result.source)}</small></th><td>{result.memory_mb} MB</td>'
        f"<td>{escape(result.package)}</td><td>{escape(result.architecture)}</td>"
        f'<td class="spread">{lanes.distribution(result)}</td><td>{cold.n:,}</td><td class="main">{written(cold.p50_ms)}</td>'
        f"<td>{written(cold.p95_ms)}</td><td>{written(cold.p99_ms)}</td><td>{written(cold.mean_ms)}{deviation}</td>"
        f"<td>{hot[0]}</td><td>{hot[1]}</td></tr>"
    )


def foot(choice: Choice) -> str:
    query = escape(f"?{choice.query}") if choice.query else ""
    return (
        f'<footer><p class="formats">The same as <a href="report.json{query}">JSON</a> or <a href="report.csv{query}">CSV</a>.</p>'
        "<p>Percentiles interpolate between ranks; SD is the standard deviation of the sample. A result is compared only within its "
        "series: source, runtime, package, memory and architecture.</p></footer></body></html>"
    )
