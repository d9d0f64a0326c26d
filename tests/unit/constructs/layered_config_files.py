"""Files and refusals for the tests of LayeredConfig."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib import ConstructError, LayeredConfig


def files(folder: Path, **contents: Any) -> dict[str, Path]:
    """A file for each prop, of JSON unless it is text."""
    paths = {}
    for prop, content in contents.items():
        paths[prop] = folder / f"{prop}.json"
        paths[prop].write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
    return paths


def refusal(stack: cdk.Stack, **props: Any) -> str:
    with pytest.raises(ConstructError) as caught:
        LayeredConfig(stack, "Config", **props)
    text = str(caught.value)
    assert "Stack/Config" in text
    assert "change: " in text
    return text
