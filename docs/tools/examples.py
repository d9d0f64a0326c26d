"""The examples in the pages of the constructs: an application each, with the files it uses.

In a page, the application is the Python block that ends with ``app.synth()``. Any other block is a file where it says its
path: in a comment on its first line (``# functions/resize/handler.py``) or in its title (``json title="config/base.json"``).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

PAGES = Path(__file__).parents[1] / "constructs"
OVERVIEW = "index"
# In a cloud assembly of examples: which stacks belong to which page.
STACKS = "pages.json"
_BLOCK = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r'title="(?P<path>[^"]+)"')
_COMMENT = re.compile(r"(?:#|//|/\*|--|;;?) +(?P<path>[\w.-]+(?:/[\w.-]+)+)(?: +\*/)?\n")
_END = "app.synth()\n"


class ExampleError(Exception):
    """A page has no example, has several, or one that does not fit the others."""


@dataclass(frozen=True)
class Example:
    """What one page shows.

    Attributes:
        page: the page's file name without suffix.
        title: the page's heading, which is the name of the construct.
        code: the application.
        files: what the application uses, by path.
    """

    page: str
    title: str
    code: str
    files: Mapping[str, str]


def pages() -> list[Path]:
    """The pages of the constructs."""
    return sorted(page for page in PAGES.glob("*.md") if page.stem != OVERVIEW)


def read(page: Path) -> Example:
    """The example of one page.

    Raises:
        ExampleError: there is none, or more than one.
    """
    return parse(page.stem, page.read_text())


def parse(name: str, text: str) -> Example:
    """The example in a page's text.

    Raises:
        ExampleError: there is none, or more than one.
    """
    blocks = [(each["info"], each["text"]) for each in _BLOCK.finditer(text)]
    applications = [code for info, code in blocks if info.startswith("python") and code.endswith(_END)]
    if len(applications) != 1:
        raise ExampleError(f"{name} has {len(applications)} applications, not one")
    heading = re.match(r"# (\w+)\n", text)
    if heading is None:
        raise ExampleError(f"{name} does not begin with the name of a construct as its heading")
    files = {path: content for info, content in blocks if (path := _path(info, content))}
    return Example(name, heading[1], applications[0], files)


def unpack(examples: Iterable[Example], folder: Path) -> None:
    """Writes the files of all examples to one folder, as the project of somebody who tries them one after the other.

    What begins with ``#!`` is made executable, as the pages tell their readers to.

    Raises:
        ExampleError: two examples have different files of the same name.
    """
    owners: dict[str, Example] = {}
    for example in examples:
        for path, content in example.files.items():
            owner = owners.setdefault(path, example)
            if owner.files[path] != content:
                raise ExampleError(f"{owner.page} and {example.page} differ in {path}")
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content)
            if content.startswith("#!"):
                (folder / path).chmod(0o755)


def _path(info: str, content: str) -> str | None:
    found = _TITLE.search(info) or _COMMENT.match(content)
    return found["path"] if found else None
