"""The examples, synthesised: nothing is built for them, and the feature flags are the project's."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docs.tools.examples import STACKS, Example, unpack
from thaw_cli.cdk import node

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Assembly:
    """What the CDK wrote.

    Attributes:
        folder: the cloud assembly.
        stacks: the names of each page's stacks.
    """

    folder: Path
    stacks: dict[str, list[str]]

    def templates(self, page: str) -> dict[str, dict[str, Any]]:
        """The resources of each of the page's stacks."""
        return {name: self._resources(name) for name in self.stacks[page]}

    def _resources(self, stack: str) -> dict[str, Any]:
        template = json.loads((self.folder / f"{stack}.template.json").read_text())
        resources: dict[str, Any] = template["Resources"]
        return resources


def synthesise(examples: Sequence[Example], folder: Path) -> Assembly:
    """Synthesises the examples in one process that works in ``folder``, where their files are put.

    Raises:
        CalledProcessError: an example failed; it said why on standard error.
    """
    unpack(examples, folder)
    output = folder / "cdk.out"
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
    flags.pop("environments")
    settings = {
        "CDK_CONTEXT_JSON": json.dumps({**flags, "aws:cdk:bundling-stacks": []}),
        "CDK_OUTDIR": str(output),
        "CDK_VALIDATION": "false",
        "JSII_NODE": str(node()),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "docs.tools.application", *(example.page for example in examples)]
    subprocess.run(command, cwd=folder, env=os.environ | settings, check=True)
    return Assembly(output, json.loads((output / STACKS).read_text()))
