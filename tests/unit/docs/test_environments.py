"""The page on environments says what is true of their keys."""

import re
from dataclasses import MISSING, fields
from typing import Any

import pytest

from docs.tools.site import DOCS
from stacks.environment import Environment

TABLE = (DOCS / "environments.md").read_text().partition("## What an environment may say")[2]
KEYS = [key for key in fields(Environment) if key.default is not MISSING]


def test_every_key_of_an_environment_is_listed_in_order() -> None:
    assert re.findall(r"^\| `(\w+)` \|", TABLE, flags=re.MULTILINE) == [key.name for key in KEYS]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_a_default_on_the_page_is_the_default(key: Any) -> None:
    [stated] = re.findall(rf"^\| `{key.name}` \| `?([^|`]+?)`? \|", TABLE, flags=re.MULTILINE)
    expected = {"account": "of the credentials", "region": "of the configuration"}.get(key.name)
    assert stated == (
        expected or str(key.default).replace("True", "true").replace("False", "false").replace("None", "null")
    )
