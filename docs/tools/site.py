"""Lays out what mkdocs makes the site of: ``python -m docs.tools.site FOLDER``.

Every page of ``docs`` as it is, and the pages of the constructs with their generated parts.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from docs.tools.assembly import Assembly, synthesise
from docs.tools.examples import PAGES, Example, pages, read
from docs.tools.generated import complete

DOCS = PAGES.parent


def write(folder: Path) -> None:
    """Fills the folder, which is removed first.

    Raises:
        ExampleError: the examples do not fit each other.
        PageError: a page lacks a part.
        CalledProcessError: an example cannot be synthesised.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(DOCS, folder, ignore=shutil.ignore_patterns("tools", "__pycache__"))
    examples = [read(page) for page in pages()]
    with tempfile.TemporaryDirectory() as project:
        assembly = synthesise(examples, Path(project))
        for example in examples:
            _complete(folder / PAGES.name / f"{example.page}.md", example, assembly)


def _complete(page: Path, example: Example, assembly: Assembly) -> None:
    page.write_text(complete(page.read_text(), example.title, assembly.templates(example.page)))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
