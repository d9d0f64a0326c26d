"""The examples in the pages of the constructs, synthesised once."""

import pytest

from docs.tools.assembly import Assembly, synthesise
from docs.tools.examples import Example, pages, read


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    """The example of every page."""
    return [read(page) for page in pages()]


@pytest.fixture(scope="session")
def assembly(examples: list[Example], tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """What they make."""
    return synthesise(examples, tmp_path_factory.mktemp("examples"))
