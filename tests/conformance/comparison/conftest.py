"""Both runtimes taken through the table that a test module names."""

import pytest

from tests.conformance.comparison.__main__ import portable
from tests.conformance.comparison.comparing import Compared, compare
from tests.conformance.comparison.processes import theirs
from tests.conformance.comparison.tables import TABLES


@pytest.fixture(scope="module")
def compared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Compared]:
    """By the key of a case, what came of it; all scenarios of the module's ``TABLE``."""
    scratch = tmp_path_factory.mktemp("comparison")
    found = compare(TABLES[request.module.TABLE], theirs(), portable(scratch), scratch / "functions")
    return {one.key: one for one in found}
