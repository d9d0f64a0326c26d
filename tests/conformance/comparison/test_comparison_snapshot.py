"""A snapshot of a function answers as its portable start does, and so as AWS's runtime or better."""

import shutil

import pytest
from initialised import initialised
from snapshots import inside

from tests.conformance.comparison.comparing import HANDLERS, Compared, compare
from tests.conformance.comparison.model import Scenario, key
from tests.conformance.comparison.processes import Side, theirs
from tests.conformance.comparison.tables import TABLES

# Those whose files are all in the shared folder.
NAMES = (
    "results",
    "results on Python 3.12",
    "events",
    "context",
    "errors",
    "text log",
    "JSON log",
    "framed text",
)
SCENARIOS: list[Scenario] = [
    scenario for table in TABLES.values() for scenario in table if scenario.name in NAMES
]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Compared]:
    scratch = tmp_path_factory.mktemp("snapshots")
    source = shutil.copytree(
        HANDLERS, scratch / "source", ignore=shutil.ignore_patterns("*.toml", "__pycache__")
    )
    (source / "everything.py").write_text("import behaviours, contexts, logs\nfrom values import handle\n")
    root = initialised(source, handler="everything.handle").root
    ours = Side("snapshot", (*inside(root, "start"), "/var/task/bootstrap"), task_root="/var/task")
    return {one.key: one for one in compare(SCENARIOS, theirs(), ours, scratch / "functions")}


@pytest.mark.parametrize("case", [key(scenario, case) for scenario in SCENARIOS for case in scenario.cases])
def test_ours_is_the_same_or_differs_as_it_should(compared: dict[str, Compared], case: str) -> None:
    assert compared[case].wrong == {}
