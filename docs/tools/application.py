"""One CDK application of all examples: ``python -m docs.tools.application [PAGE ...]``, in the folder with their files.

Loading the CDK takes longer than the synthesis of an example, so they share one process and one synthesis. Each of them
makes stacks of its own; which ones is written to ``pages.json`` in the cloud assembly.
"""

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from unittest.mock import patch

import aws_cdk as cdk

from docs.tools.examples import STACKS, Example, ExampleError, pages, read


def run(examples: Iterable[Example]) -> dict[str, list[str]]:
    """Makes the stacks of all examples and writes one cloud assembly; returns the names of each page's stacks.

    Raises:
        ExampleError: an example makes no stack.
    """
    app = cdk.App()
    stacks: dict[str, list[str]] = {}
    # Every example begins with cdk.App() and ends with app.synth().
    with patch.object(cdk, "App", lambda: app), patch.object(app, "synth"):
        for example in examples:
            before = _stacks(app)
            exec(compile(example.code, f"{example.page}.md", "exec"), {"__name__": "__main__"})  # noqa: S102 - our own pages
            stacks[example.page] = sorted(_stacks(app) - before)
            if not stacks[example.page]:
                raise ExampleError(f"{example.page} makes no stack")
    app.synth()
    return stacks


def _stacks(app: cdk.App) -> set[str]:
    return {child.stack_name for child in app.node.children if isinstance(child, cdk.Stack)}


def main(names: list[str]) -> None:
    """The command: all pages, or those named."""
    chosen = [page for page in pages() if not names or page.stem in names]
    stacks = run(map(read, chosen))
    (Path(os.environ["CDK_OUTDIR"]) / STACKS).write_text(json.dumps(stacks))


if __name__ == "__main__":
    main(sys.argv[1:])
