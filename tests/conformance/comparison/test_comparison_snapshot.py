"""A snapshot of a function answers as its portable start does, and so as AWS's runtime or better."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from initialised import initialised
from snapshots import inside

from tests.conformance.comparison.comparing import HANDLERS, Compared, compare
from tests.conformance.comparison.model import Scenario, key
from tests.conformance.comparison.processes import Side, Told, theirs
from tests.conformance.comparison.tables import TABLES

# Lambda has locales; where snapshots are taken up in tests there is nothing but the function.
LOCALES = "--at=/usr/lib/locale=/usr/lib/locale"
# Scenarios that are not repeated, by the reason why; a reason may be that of a table.
_REPEATED_TRAFFIC = ("events over one connection", "a connection that is closed after an event")
LEFT_OUT = {
    "it is a shell's script, and there is no shell; test_snapshot_lifecycle.py has another": ["a wrapper"],
    "the socket lies in a folder of this machine's, which cannot be seen": ["workers with a socket"],
    "what is read of the Runtime API is read after the start, by the code of every start": [
        scenario.name for scenario in TABLES["traffic"] if scenario.name not in _REPEATED_TRAFFIC
    ],
    "the variable is read in one place; others of its values are repeated": [
        "results on the image of a function",
        "results on Python 3.11",
        "results on Python 3.14",
        "JSON log by another spelling",
        "text log by an unknown format",
        *(
            f"level {level}"
            for level in ("info in lower case", "trace in lower case", "WARN", "FATAL", "LOUD", "empty")
        ),
    ],
}
SCENARIOS: list[Scenario] = [
    scenario
    for table in TABLES.values()
    for scenario in table
    if not any(scenario.name in names for names in LEFT_OUT.values())
]


@dataclass(frozen=True)
class Snapshot(Side):
    """A function whose shared handlers were initialised when it was built; a scenario's own files are imported at start.

    Attributes:
        root: of the artifact.
    """

    root: Path = Path()

    def run(self, scenario: Scenario, folder: Path) -> Told:
        """As of the superclass, where the function lies at Lambda's place."""
        root = self._with_files(scenario, folder)
        command = (*inside(root, "start"), LOCALES, "/var/task/bootstrap")
        return Side(self.name, command, task_root="/var/task").run(scenario, folder)

    def _with_files(self, scenario: Scenario, folder: Path) -> Path:
        if not scenario.files:
            return self.root
        root = folder.with_name(f"{folder.name}-root")
        shutil.copytree(self.root, root, copy_function=os.link, symlinks=True)
        for name in scenario.files:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / name, root / name)
        return root


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Compared]:
    scratch = tmp_path_factory.mktemp("snapshots")
    source = shutil.copytree(
        HANDLERS, scratch / "source", ignore=shutil.ignore_patterns("*.toml", "__pycache__")
    )
    (source / "everything.py").write_text("import behaviours, contexts, logs\nfrom values import handle\n")
    ours = Snapshot("snapshot", (), root=initialised(source, handler="everything.handle").root)
    return {one.key: one for one in compare(SCENARIOS, theirs(), ours, scratch / "functions")}


@pytest.mark.parametrize("case", [key(scenario, case) for scenario in SCENARIOS for case in scenario.cases])
def test_ours_is_the_same_or_differs_as_it_should(compared: dict[str, Compared], case: str) -> None:
    assert compared[case].wrong == {}


def test_what_is_left_out_is_there() -> None:
    known = {scenario.name for table in TABLES.values() for scenario in table}
    assert [name for names in LEFT_OUT.values() for name in names if name not in known] == []
