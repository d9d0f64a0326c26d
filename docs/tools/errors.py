"""Keeps the page of all errors and checks: ``python -m docs.tools.errors``.

What the code knows is written anew; what to do about an error of a class is written by hand, and kept.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from constructs_lib.bundling.errors import ThawError
from constructs_lib.checks import CHECKS

PAGE = Path(__file__).parents[1] / "errors.md"
PACKAGES = ("constructs_lib", "stacks", "thaw_cli")
_SECTIONS = {
    "Artifacts of functions": (1, 29),
    "Environments": (30, 49),
    "Props of constructs": (50, 69),
    "The command `thaw` and the local cloud": (70, 99),
    "Functions": (100, 109),
    "Triggers": (110, 119),
    "Networks and databases": (120, 129),
    "Layered configuration": (130, 139),
    "Releases and watching": (140, 149),
    "Checks of templates": (150, 179),
}
_ROW = re.compile(r"^\| (THAW\d{3}) \| `(\w+)` \|.*\| (.*?) ?\|$", flags=re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """One row of the page.

    Attributes:
        id: stable.
        name: of the class or the check.
        kind: ``error`` or ``warning``.
        cause: what is wrong.
        fix: what to do about it; empty where nobody has written it yet.
    """

    id: str
    name: str
    kind: str
    cause: str
    fix: str

    def __str__(self) -> str:
        return f"| {self.id} | `{self.name}` | {self.kind} | {self.cause} | {self.fix} |"


def entries(page: str) -> list[Entry]:
    """Every error and every check, by id, with the fixes that ``page`` has for the errors."""
    fixes = {(id_, name): fix for id_, name, fix in _ROW.findall(page)}
    errors = (
        Entry(
            each.id, each.__name__, "error", _first_paragraph(each), fixes.get((each.id, each.__name__), "")
        )
        for each in errors_of(PACKAGES)
    )
    checks = (Entry(each.id, each.name, each.severity, each.cause, each.fix) for each in CHECKS.values())
    return sorted([*errors, *checks], key=lambda entry: (entry.id, entry.name))


def errors_of(packages: Iterable[str]) -> set[type[ThawError]]:
    """Every class of error in the packages, all modules of which are imported, that has an id of its own."""
    for package in packages:
        for module in walk_packages(import_module(package).__path__, f"{package}."):
            if not module.name.endswith("__main__"):
                import_module(module.name)
    return {
        each for each in _below(ThawError) if "id" in vars(each) and each.__module__.split(".")[0] in packages
    }


def written(page: str) -> str:
    """The page with a table of today's errors and checks in place of those it has."""
    found = entries(page)
    head = page.partition("\n## ")[0].rstrip()
    parts = [f"## {title}\n\n{_table(found, *bounds)}" for title, bounds in _SECTIONS.items()]
    return "\n\n".join([head, *parts]) + "\n"


def _table(found: list[Entry], first: int, last: int) -> str:
    rows = (str(entry) for entry in found if first <= int(entry.id.removeprefix("THAW")) <= last)
    return "\n".join(["| id | name | | cause | fix |", "|---|---|---|---|---|", *rows])


def _below(root: type[ThawError]) -> Iterator[type[ThawError]]:
    for each in root.__subclasses__():
        yield each
        yield from _below(each)


def _first_paragraph(error: type[ThawError]) -> str:
    return " ".join((error.__doc__ or "").partition("\n\n")[0].split())


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
