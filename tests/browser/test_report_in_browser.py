"""The report page as a browser shows it."""

import re
from typing import Any

import pytest
from chromium import Chromium, View
from report_page import HOSTILE, MEASURED_WARM, RESULTS

PHONE, DESKTOP = View(360, 740), View(1280, 900)
VIEWS = [PHONE, View(768, 1024), DESKTOP, View(320, 640, "dark"), View(1280, 900, "dark")]
# WCAG 2.2, 1.4.3 and 1.4.11
TEXT_CONTRAST, MARK_CONTRAST = 4.5, 3.0

TEXTS = """[...document.querySelectorAll('h1, h2, p, th, td, label, select, option, button, a, li, figcaption span, small, summary, svg text')]
    .filter(each => each.checkVisibility()).map(each => [getComputedStyle(each), each])
    .map(([style, each]) => [each instanceof SVGElement ? style.fill : style.color, behind(each), each.outerHTML.slice(0, 90)])"""
BEHIND = """function behind(each) {
    for (; each; each = each.parentElement) {
        const color = getComputedStyle(each).backgroundColor;
        if (!color.endsWith(', 0)') && color !== 'transparent') return color;
    }
    return 'rgb(255, 255, 255)';
}"""


@pytest.fixture(scope="module", params=VIEWS, ids=lambda view: f"{view.width}-{view.scheme}")
def view(request: pytest.FixtureRequest) -> View:
    """As wide as a phone, a tablet and a desk, light and dark."""
    assert isinstance(request.param, View)
    return request.param


@pytest.fixture
def seen(view: View, chromium: Chromium, url: str) -> Chromium:
    """The browser with the page open and everything unfolded; the tests that ask for it only look at it."""
    if chromium.shows != (url, view):
        chromium.open(url, view)
        chromium.value("document.querySelectorAll('details').forEach(each => each.open = true)")
    return chromium


@pytest.fixture
def page(chromium: Chromium, url: str) -> Chromium:
    """The browser with the page newly open on a desk."""
    chromium.open(url, DESKTOP)
    chromium.shows = None
    return chromium


def count(browser: Chromium, selector: str) -> int:
    return int(browser.value(f"document.querySelectorAll({selector!r}).length"))


def test_nothing_is_wider_than_the_window(seen: Chromium) -> None:
    assert seen.value("document.documentElement.scrollWidth <= innerWidth")


def test_no_text_is_cut_off_at_the_sides(seen: Chromium) -> None:
    outside = seen.value(
        "[...document.querySelectorAll('h1, h2, p, tbody th, tbody td, label, button, summary')]"
        ".filter(each => { const at = each.getBoundingClientRect(); return at.width && (at.left < 0 || at.right > innerWidth) })"
        ".map(each => each.textContent)"
    )
    assert outside == []


def test_text_is_large_enough_to_be_read(seen: Chromium) -> None:
    smallest = seen.value(
        "Math.min(...[...document.querySelectorAll('p, th, td, label, select, li, small, summary')]"
        ".filter(each => each.checkVisibility()).map(each => parseFloat(getComputedStyle(each).fontSize)))"
    )
    assert smallest >= 12


def test_text_stands_out_from_what_is_behind_it(seen: Chromium) -> None:
    pairs = seen.value(f"{BEHIND} {TEXTS}")
    assert [pair for pair in pairs if contrast(pair[0], pair[1]) < TEXT_CONTRAST] == []


@pytest.mark.parametrize("mark", [".k", ".box .m", "polyline"])
def test_marks_stand_out_from_the_page(seen: Chromium, mark: str) -> None:
    color, behind = seen.value(
        f"(style => [{mark!r} === '.k' ? style.fill : style.stroke, getComputedStyle(document.body).backgroundColor])"
        f"(getComputedStyle(document.querySelector({mark!r})))"
    )
    assert contrast(color, behind) >= MARK_CONTRAST


def test_every_result_has_a_row_a_box_and_a_mark(page: Chromium) -> None:
    assert [
        count(page, selector) for selector in ("tbody tr", ".box .cold", "figure .cold .k", "figure .warm .k")
    ] == [RESULTS, RESULTS, RESULTS, MEASURED_WARM]


def test_every_mark_is_within_its_picture(seen: Chromium) -> None:
    outside = seen.value(
        "[...document.querySelectorAll('figure svg, svg.box')].filter(svg => { const frame = svg.getBoundingClientRect();"
        " return frame.width && [...svg.querySelectorAll('circle, rect')].some(each => { const at = each.getBoundingClientRect();"
        " return at.left < frame.left - 2 || at.right > frame.right + 2 || at.top < frame.top - 1 || at.bottom > frame.bottom + 1 }) }).length"
    )
    assert outside == 0


def test_every_picture_has_a_name(page: Chromium) -> None:
    tree = page.command("Accessibility.getFullAXTree")["nodes"]
    unnamed = [node for node in tree if role(node) == "image" and not node.get("name", {}).get("value")]
    assert unnamed == []


def test_the_table_is_one_for_assistive_technology(page: Chromium) -> None:
    roles = {role(node) for node in page.command("Accessibility.getFullAXTree")["nodes"]}
    assert {"table", "columnheader", "rowheader", "cell", "heading"} <= roles


def role(node: dict[str, Any]) -> str:
    return str(node.get("role", {}).get("value"))


def test_dark_is_dark_and_light_is_light(chromium: Chromium, url: str) -> None:
    backgrounds = []
    for scheme in ("light", "dark"):
        chromium.open(url, View(scheme=scheme))
        backgrounds.append(luminance(chromium.value("getComputedStyle(document.body).backgroundColor")))
    light, dark = backgrounds
    assert (light > 0.9, dark < 0.05) == (True, True)


def test_the_console_shows_nothing(seen: Chromium) -> None:
    assert seen.complaints() == []


def test_a_hostile_name_is_text(page: Chromium) -> None:
    assert page.value("document.title") == "Cold starts"
    assert HOSTILE in page.value("document.querySelector('tbody').textContent")


@pytest.mark.parametrize(
    "injected",
    [
        "const s = document.createElement('script'); s.textContent = 'document.title = \"taken\"'; document.body.append(s)",
        "document.body.insertAdjacentHTML('beforeend', '<img src=\"/x.png\" onerror=\"document.title = &quot;taken&quot;\">')",
        "const s = document.createElement('style'); s.textContent = 'body { opacity: 0 }'; document.head.append(s)",
        "document.body.insertAdjacentHTML('beforeend', '<p style=\"position: fixed\">x</p>')",
    ],
)
def test_the_policy_stops_what_was_injected(page: Chromium, injected: str) -> None:
    page.value(f"(() => {{ {injected} }})()")
    page.await_event(lambda event: "Content Security Policy" in str(event.get("params", {}).get("entry", "")))
    assert page.value("[document.title, getComputedStyle(document.body).opacity]") == ["Cold starts", "1"]


def test_the_form_chooses_without_a_script(page: Chromium) -> None:
    page.events.clear()
    page.value("document.querySelector('select[name=memory]').value = '512'")
    page.value("document.querySelector('form button').click()")
    page.await_event(lambda event: event.get("method") == "Page.loadEventFired")
    assert count(page, "tbody tr") == RESULTS // 4
    assert page.value("document.querySelector('select[name=memory]').value") == "512"


def test_the_links_lead_to_the_same_choice(chromium: Chromium, url: str) -> None:
    chromium.open(f"{url}?memory=512", DESKTOP)
    href = chromium.value("document.querySelector('footer a').href")
    assert href == f"{url}report.json?memory=512"


def test_nothing_is_loaded_but_the_page(page: Chromium, url: str) -> None:
    asked = [
        event["params"]["request"]["url"]
        for event in page.events
        if event.get("method") == "Network.requestWillBeSent"
    ]
    assert [address for address in asked if not address.startswith("data:")] == [url]


def test_print_is_on_white_and_without_the_form(chromium: Chromium, url: str) -> None:
    chromium.open(url, View(scheme="dark", media="print"))
    background = chromium.value("getComputedStyle(document.body).backgroundColor")
    assert (background, chromium.value("document.querySelector('form').checkVisibility()")) == (
        "rgb(255, 255, 255)",
        False,
    )


def test_the_table_s_columns_have_headings_on_a_desk(page: Chromium) -> None:
    assert page.value("document.querySelector('thead').getBoundingClientRect().height") > 20


def test_a_phone_shows_the_names_of_the_figures_beside_them(chromium: Chromium, url: str) -> None:
    chromium.open(url, PHONE)
    label = chromium.value("getComputedStyle(document.querySelector('td:nth-child(7)'), '::before').content")
    assert label == '"cold p50"'


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, as WCAG defines it."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    """Relative, of ``rgb(…)``: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    channels = [int(channel) / 255 for channel in re.findall(r"\d+", color)[:3]]
    linear = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels]  # fmt: skip
    return sum(share * channel for share, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
