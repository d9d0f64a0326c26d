"""Summaries as the topic carries them."""

import json
from typing import Any


def message(
    day: int,
    mean: float = 100.0,
    *,
    runtime: str = "python",
    revision: int = 1,
    withdrawn: bool = False,
    conditions: dict[str, Any] | None = None,
    cold: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A summary as the topic carries it."""
    return {
        "format": "thaw-summary/1",
        "id": f"id-{day}",
        "revision": revision,
        "withdrawn": withdrawn,
        "series": {
            "source": "thaw-bench",
            "runtime": runtime,
            "package": "zip",
            "memory_mb": 512,
            "architecture": "arm64",
        },
        "display": "Python",
        "measured_at": f"2026-08-{day:02}T14:00:43.000000Z",
        "conditions": conditions or {},
        "cold": cold or {"n": 10, "mean_ms": mean, "sd_ms": 2.0},
    }


def event(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"Records": [{"Sns": {"Message": json.dumps(message)}} for message in messages]}
