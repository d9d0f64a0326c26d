"""Each behaviour of the table ``starting`` is the same as AWS's, or differs as the table says."""

import pytest

from tests.conformance.comparison.comparing import Compared
from tests.conformance.comparison.tables import keys

TABLE = "starting"


@pytest.mark.parametrize("key", keys(TABLE))
def test_ours_is_the_same_or_differs_as_it_should(compared: dict[str, Compared], key: str) -> None:
    assert compared[key].wrong == {}
