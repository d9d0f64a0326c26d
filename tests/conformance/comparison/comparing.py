"""Takes both runtimes through scenarios, and says of every case how they compare."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.conformance.comparison.fields import chapters_of
from tests.conformance.comparison.model import Case, Scenario, key
from tests.conformance.comparison.processes import Side

HANDLERS = Path(__file__).with_name("handlers")
# Reviewed when it changes; written by --accept.
RIGHT = Path(__file__).with_name("right.json")
AT_A_TIME = 3


@dataclass(frozen=True)
class Compared:
    """A case, and what each side did in it.

    Attributes:
        theirs, ours: the fields that the case compares.
    """

    case: Case
    scenario: Scenario
    theirs: Mapping[str, str]
    ours: Mapping[str, str]

    @property
    def differing(self) -> dict[str, tuple[str | None, str | None]]:
        """The fields that are not the same, with both values."""
        names = sorted({*self.theirs, *self.ours})
        both = {name: (self.theirs.get(name), self.ours.get(name)) for name in names}
        return {name: values for name, values in both.items() if values[0] != values[1]}

    @property
    def key(self) -> str:
        """The name of the case among all."""
        return key(self.scenario, self.case)

    @property
    def wrong(self) -> dict[str, str]:
        """The fields that are not as the case says they are, with what is wrong; empty where all is as it should be."""
        if not self.case.why:
            return {
                name: f"theirs {theirs!r}, ours {ours!r}" for name, (theirs, ours) in self.differing.items()
            }
        if not self.differing:
            return {"all fields": f"nothing differs, though it is said that {self.case.why}"}
        return wrong_where_different(
            {name: ours for name, (_, ours) in self.differing.items()}, right().get(self.key, {})
        )

    @property
    def verdict(self) -> str:
        """``same``, ``better`` with the reason, or ``WRONG`` with what is."""
        if self.wrong:
            return "WRONG: " + "; ".join(f"{name}: {what}" for name, what in self.wrong.items())
        return f"better: {self.case.why}" if self.case.why else "same"


def compare(scenarios: Iterable[Scenario], theirs: Side, ours: Side, scratch: Path) -> list[Compared]:
    """Runs every scenario on both sides, each in a folder of its own below ``scratch``."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        found = pool.map(lambda scenario: _compared(scenario, theirs, ours, scratch), scenarios)
        return [one for several in found for one in several]


def _compared(scenario: Scenario, theirs: Side, ours: Side, scratch: Path) -> Sequence[Compared]:
    folder = function(scenario, scratch / re.sub(r"\W", "-", scenario.name))
    sides = [chapters_of(scenario, side.run(scenario, folder), folder) for side in (theirs, ours)]
    return [Compared(case, scenario, *told) for case, *told in zip(scenario.cases, *sides, strict=True)]


def function(scenario: Scenario, folder: Path) -> Path:
    """The folder of a scenario's function: the shared handlers, and the scenario's own files."""
    files = {file.name: file.read_text() for file in HANDLERS.glob("*.py")}
    for name, text in {**files, **scenario.files}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755 if text.startswith("#!") else 0o644)
    return folder


@cache
def right() -> dict[str, dict[str, str | None]]:
    """By the key of a case, what is right in the fields in which ours differs; None where the field is not there."""
    document: dict[str, dict[str, str | None]] = json.loads(RIGHT.read_text())
    return document


def wrong_where_different(
    ours: Mapping[str, str | None], expected: Mapping[str, str | None]
) -> dict[str, str]:
    """What is wrong with the fields in which ours differs, by those in which it should."""
    found = {}
    for name in sorted({*ours, *expected}):
        if name not in ours:
            found[name] = "it should differ, and does not"
        elif name not in expected or ours[name] != expected[name]:
            found[name] = f"ours should be {expected.get(name, 'the same')!r}, and is {ours[name]!r}"
    return found
