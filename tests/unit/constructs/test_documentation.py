"""The guide to the constructs says what is true."""

import json
import os
import re
import subprocess
import sys
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from stacks.environment import Environment
from tests.synthesis import NOTHING_BUNDLED, ROOT

GUIDE = (ROOT / "docs" / "constructs.md").read_text()


def test_the_example_can_be_synthesised(tmp_path: Path) -> None:
    folder = tmp_path / "functions" / "resize"
    folder.mkdir(parents=True)
    (folder / "handler.py").write_text("def handle(event, context):\n    return event\n")
    [example] = re.findall(r"```python\n(.*?)```", GUIDE, flags=re.DOTALL)
    settings = {
        "CDK_CONTEXT_JSON": json.dumps(NOTHING_BUNDLED),
        "CDK_OUTDIR": str(tmp_path / "cdk.out"),
        "CDK_VALIDATION": "false",
    }
    subprocess.run([sys.executable, "-c", example], cwd=tmp_path, env=os.environ | settings, check=True)
    assert (tmp_path / "cdk.out" / "Thumbnails.template.json").exists()


def test_every_key_of_an_environment_is_listed_in_order() -> None:
    table = GUIDE.partition("## Environments")[2].partition("## Reviewing")[0]
    listed = re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)
    assert listed == [key.name for key in fields(Environment) if key.default is not MISSING]


@pytest.mark.parametrize("key", [key for key in fields(Environment) if key.default is not MISSING])
def test_a_default_in_the_guide_is_the_default(key: object) -> None:
    name, default = key.name, key.default  # type: ignore[attr-defined]
    [stated] = re.findall(rf"^\| `{name}` \| `?([^|`]+?)`? \|", GUIDE, flags=re.MULTILINE)
    expected = {"account": "of the credentials", "region": "of the configuration"}.get(name)
    assert stated == (expected or str(default).replace("True", "true").replace("False", "false"))
