"""Summaries as the topic carries them."""

import json
import random
from typing import Any

from hypothesis import strategies as st


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


def together(*messages: dict[str, Any]) -> str:
    """A message of the topic with these summaries."""
    return json.dumps({"format": "thaw-summaries/1", "summaries": messages})


def event(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"Records": [{"Sns": {"Message": together(message)}} for message in messages]}


MESSAGES = st.lists(
    st.builds(
        message,
        st.integers(1, 8),
        st.sampled_from([100.0, 105.0, 120.0, 150.0]),
        revision=st.integers(1, 3),
        withdrawn=st.booleans(),
        conditions=st.dictionaries(st.sampled_from("ab"), st.integers(0, 1), max_size=1),
    ),
    min_size=2,
    max_size=12,
    unique_by=lambda message: (message["id"], message["revision"]),
)


def split(messages: list[dict[str, Any]], chance: random.Random) -> list[list[dict[str, Any]]]:
    """Shuffle, repeat some, and cut into batches."""
    shuffled = chance.sample(messages, len(messages)) + chance.choices(messages, k=3)
    cuts = sorted(chance.choices(range(len(shuffled)), k=3))
    return [shuffled[start:stop] for start, stop in zip([0, *cuts], [*cuts, None], strict=True)]
