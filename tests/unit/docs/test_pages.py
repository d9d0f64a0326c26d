"""The pages of the constructs say what is true, and their examples can be synthesised."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import constructs_lib
from constructs_lib import ThawError
from docs.tools.assembly import Assembly
from docs.tools.examples import Example, pages, read
from docs.tools.generated import complete
from docs.tools.props import own_props, shared_props
from docs.tools.site import DOCS
from tests.synthesis import ROOT

import constructs  # isort: skip

PAGES = pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
PARTS = ["Example", "Defaults", "Permissions", "Errors"]


def every_error(base: type[ThawError] = ThawError) -> Iterator[type[ThawError]]:
    """All errors of the library; every module that has some has been imported by the public door."""
    for each in base.__subclasses__():
        yield each
        yield from every_error(each)


def table(text: str, heading: str) -> list[str]:
    """The first cells of a part's first table, without its head."""
    part = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| (.*?) \|", part.partition("\n\n")[2], flags=re.MULTILINE)[1:]


@PAGES
def test_a_page_has_the_parts_that_every_page_has(page: Path) -> None:
    headings = re.findall(r"^## (.*)$", page.read_text(), flags=re.MULTILINE)
    assert [heading for heading in headings if heading in PARTS] == PARTS


@PAGES
def test_an_example_makes_the_construct_of_its_page(page: Path) -> None:
    example = read(page)
    assert re.search(rf"\b{example.title}\(", example.code)


@PAGES
def test_an_example_can_be_synthesised(assembly: Assembly, page: Path) -> None:
    assert all(assembly.templates(page.stem).values())


@PAGES
def test_the_parts_that_nobody_writes_can_be_made(assembly: Assembly, page: Path) -> None:
    text = complete(page.read_text(), read(page).title, assembly.templates(page.stem))
    pictures = re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL)
    assert len(pictures) == len(assembly.stacks[page.stem])
    for picture in pictures:
        assert ET.fromstring(picture).findall(".//{*}title")  # noqa: S314 - our own


@PAGES
def test_a_default_belongs_to_a_prop(page: Path) -> None:
    construct = getattr(constructs_lib, read(page).title)
    known = {prop.name for prop in (*own_props(construct), *shared_props(construct))}
    named = {name for cell in table(page.read_text(), "Defaults") for name in re.findall(r"`(\w+)`", cell)}
    assert named <= known


@PAGES
def test_every_prop_is_described(page: Path) -> None:
    construct = getattr(constructs_lib, read(page).title)
    assert [prop.name for prop in (*own_props(construct), *shared_props(construct)) if not prop.text] == []


@PAGES
def test_an_error_exists(page: Path) -> None:
    for name in constructs_lib.__all__:
        getattr(constructs_lib, name)
    known = {each.id for each in every_error()}
    assert set(re.findall(r"THAW\d{3}", page.read_text())) <= known


@PAGES
def test_a_page_is_in_the_navigation(page: Path) -> None:
    assert f"{read(page).title}: {page.relative_to(DOCS)}\n" in (ROOT / "mkdocs.yml").read_text()


def test_every_construct_has_a_page(examples: list[Example]) -> None:
    public = {name: getattr(constructs_lib, name) for name in constructs_lib.__all__}
    made = {
        name
        for name, each in public.items()
        if inspect.isclass(each) and issubclass(each, constructs.Construct)
    }
    assert made - {example.title for example in examples} == set()


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.stem)
def test_a_link_leads_to_a_page(page: Path) -> None:
    # mkdocs looks too, and at anchors as well, but only where the site is made.
    for target in re.findall(r"\]\(([^)#:]+\.md)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).is_file(), target
