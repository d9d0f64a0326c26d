"""The process inside a task root: starts what it is told to and answers with what it measured, a line of JSON each.

It imports nothing but this package's measuring and the standard library, and runs on a bundled interpreter.
"""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from constructs_lib.bundling.runtime_api import RuntimeApi, UnexpectedRequestError
from thaw_cli.bench.measure import Case, run

STDERR = 2


def serve(runtime_api: type[RuntimeApi] = RuntimeApi, prints: int = STDERR) -> None:
    """Answers requests until the input ends.

    Args:
        runtime_api: what serves the cases.
        prints: the descriptor that takes what the cases write to stdout.
    """
    # Whatever a case takes for stdout is none of the answers'.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1) as answers:
        os.dup2(prints, sys.stdout.fileno())
        for line in sys.stdin:
            answers.write(json.dumps(_answer(json.loads(line), runtime_api)) + "\n")


def _answer(request: dict[str, Any], runtime_api: type[RuntimeApi]) -> dict[str, Any]:
    described = request["case"]
    case = Case(**{**described, "folder": Path(described["folder"])})
    try:
        with runtime_api() as api:
            return asdict(run(case, api, invocations=request["invocations"]))
    except (UnexpectedRequestError, OSError) as error:
        return {"error": f"{type(error).__name__}: {error}"}
