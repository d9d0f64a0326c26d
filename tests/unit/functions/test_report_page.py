"""The page as text; ``tests/browser`` looks at it in a browser."""

import csv
import json
import re
from base64 import b64encode
from hashlib import sha256
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reported import Structure, data, many, report, result, statistics

Choice = report.choice.Choice
NAMES = st.text(min_size=1, max_size=100) | st.sampled_from(
    (
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</title><svg onload=alert(1)>",
        "</style><style>*{display:none}</style>",
        "' onmouseover='alert(1)",
        "<!--",
        "]]>",
        "&lt;b&gt;",
        "javascript:alert(1)",
        "'; DROP TABLE observatory.results; --",
    )
)


def shown(*results: Any, choice: Any = None) -> str:
    return "".join(report.page.page(data(*results), choice or Choice()))


@given(display=NAMES, runtime=NAMES)
def test_no_name_changes_the_structure_of_the_page(display: str, runtime: str) -> None:
    assert Structure(shown(result(display=display, runtime=runtime))).tags == Structure(shown(result())).tags


@given(NAMES)
def test_a_name_is_shown_as_it_is(name: str) -> None:
    def seen(text: str) -> str:
        # What HTML itself makes of line ends, NULs and the like is not the page's business.
        return re.sub(r"[\0-\x1f\x7f-\x9f]|�", "", text)

    texts = Structure(shown(result(display=name))).texts
    assert seen(name) in {seen(text) for text in texts}


@given(NAMES)
def test_no_choice_changes_the_structure_of_the_page(name: str) -> None:
    tags = Structure(shown(result(), choice=Choice(runtime=name))).tags
    assert tags == Structure(shown(result(), choice=Choice(runtime="nobody"))).tags or name in {
        "python3.13",
        "Python 3.13",
    }


@given(st.floats(0.000001, 900_000), st.integers(1, 100_000))
def test_every_svg_is_well_formed_whatever_was_measured(time: float, n: int) -> None:
    page = shown(result(cold=statistics(time, n), warm=None), result(memory_mb=128))
    for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ET.fromstring(svg)  # noqa: S314 - it is our own


@given(st.lists(st.floats(0.000001, 900_000), min_size=1))
def test_every_time_is_on_the_axis(times: list[float]) -> None:
    scale = report.scale.Scale.of(times)
    assert all(0 <= scale.share(time) <= 1 for time in times)


def test_the_policy_names_the_style_that_the_page_has() -> None:
    [style] = re.findall("<style>(.*?)</style>", shown(result()), re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in report.page.POLICY


def test_the_page_has_nothing_that_the_policy_forbids() -> None:
    attributes = {name for _, *names in Structure(shown(*many(14))).tags for name in names}
    assert not {name for name in attributes if name == "style" or name.startswith("on")}


def test_the_page_refers_to_nothing_outside() -> None:
    outside = re.findall(r"(?:href|src|url)\W+(?:https?:|//)[^'\"]*", shown(*many(2)))
    assert outside == []


@pytest.mark.parametrize("kind", ["cold", "warm"])
def test_there_is_a_box_and_a_mark_for_every_result(kind: str) -> None:
    page = shown(*many(14))
    boxes = page.count(f'<g class="{kind}"><line')
    marks = sum(
        line.count('class="k"') for line in re.findall(rf'<g class="{kind}(?: arm)?">(.*?)</g>', page)
    )
    assert (boxes, marks) == (14 * 8, 14 * 8)


def test_what_was_not_measured_warm_has_no_warm_box() -> None:
    assert 'class="warm' not in shown(result(warm=None))


def test_a_single_sample_has_no_deviation() -> None:
    assert "±" not in shown(result(cold=statistics(5, n=1))).partition("<tbody>")[2]


def test_every_figure_of_a_row_is_in_its_cells() -> None:
    row = re.search("<tbody><tr>(.*?)</tr>", shown(result()), re.DOTALL)
    assert row
    cells = [re.sub("<.*?>", "", cell) for cell in re.findall(r"<td>(.*?)</td>|<td class=\"main\">(.*?)</td>", row[1]) for cell in cell if cell]  # fmt: skip
    assert cells == ["512 MB", "zip", "x86_64", "10", "12.5", "16.2", "17.5", "12.8 ± 1.25", "0.50", "0.70"]


def test_every_column_has_a_heading_and_every_row_its_own() -> None:
    tags = Structure(shown(result())).tags
    assert {tag[1:] for tag in tags if tag[0] == "th"} >= {
        ("scope",),
        ("scope", "rowspan"),
        ("scope", "colspan"),
    }


def test_more_than_a_thousand_rows_are_said_to_be_left_out() -> None:
    page = shown(*many(126))
    assert "the 1,000 fastest of 1,008" in page
    assert page.count('<th scope="row">') == 1000


def test_without_results_the_page_says_where_they_come_from() -> None:
    assert "There are no results yet." in "".join(report.page.page(report.results.Data(), Choice()))


def test_a_choice_of_nothing_says_so() -> None:
    assert "No series is like that." in shown(result(), choice=Choice(memory=128))


def test_the_choice_is_marked_in_the_form_and_kept_in_the_links() -> None:
    page = shown(result(), result(memory_mb=128), choice=Choice(memory=128))
    assert '<option value="128" selected>' in page
    assert 'href="report.csv?memory=128"' in page


@pytest.mark.parametrize(("other", "said"), [("lambda-perf", True), ("thaw-bench", False)])
def test_results_of_two_sources_are_said_not_to_be_comparable(other: str, said: bool) -> None:  # noqa: FBT001
    page = shown(result(), result(source=other, memory_mb=128))
    assert ("Sources measure in different ways" in page) is said


def test_the_head_and_the_style_are_the_first_part() -> None:
    first = next(report.page.page(data(result()), Choice()))
    assert first.startswith("<!doctype html>")
    assert "</style>" in first


@pytest.mark.parametrize(
    ("time", "written"),
    [
        (0.0123, "0.0123"),
        (0.5, "0.50"),
        (1.234, "1.23"),
        (9.996, "10.0"),
        (99.96, "100"),
        (12345.6, "12,346"),
    ],
)
def test_times_are_written_with_three_digits(time: float, written: str) -> None:
    assert report.scale.written(time) == written


def lines(text: str) -> list[Any]:
    return list(csv.reader(text.splitlines()))


def exported(write: Any, *results: Any) -> str:
    return "".join(write(data(*results), Choice()))


@given(NAMES, NAMES)
def test_json_holds_every_name_as_it_is(display: str, runtime: str) -> None:
    document = json.loads(exported(report.export.as_json, result(display=display, runtime=runtime)))
    assert [(each["display"], each["runtime"]) for each in document["results"]] == [(display, runtime)]


def test_json_of_many_parts_is_one_document() -> None:
    results = many(30)
    document = json.loads(exported(report.export.as_json, *results))
    assert [each["memory_mb"] for each in document["results"]] == [each.memory_mb for each in results]


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "＝1+1"])  # noqa: RUF001
def test_no_cell_of_csv_is_a_formula(formula: str) -> None:
    [_, row] = lines(exported(report.export.as_csv, result(display=formula)))
    assert row[2] == f"'{formula}"


def test_csv_has_as_many_cells_as_names_in_every_line() -> None:
    names, *rows = lines(exported(report.export.as_csv, result(warm=None), result(cold=statistics(1, n=1))))
    assert {len(row) for row in rows} == {len(names)} == {7 + 2 * 11}


def test_csv_is_empty_where_there_is_nothing() -> None:
    names, row = lines(exported(report.export.as_csv, result(warm=None)))
    assert row[names.index("warm_p50_ms")] == ""
