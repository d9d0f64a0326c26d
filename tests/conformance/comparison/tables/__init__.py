"""The behaviours that are compared, in tables by subject."""

from collections.abc import Mapping, Sequence

from tests.conformance.comparison.model import Scenario, key
from tests.conformance.comparison.tables import context, failing, json, lifecycle, logging, starting, traffic

TABLES: Mapping[str, Sequence[Scenario]] = {
    "starting": starting.SCENARIOS,
    "traffic": traffic.SCENARIOS,
    "json": json.SCENARIOS,
    "context": context.SCENARIOS,
    "failing": failing.SCENARIOS,
    "logging": logging.SCENARIOS,
    "lifecycle": lifecycle.SCENARIOS,
}


def keys(table: str) -> list[str]:
    """Of all cases of a table."""
    return [key(scenario, case) for scenario in TABLES[table] for case in scenario.cases]
