"""A function that returns its event: decoding and encoding JSON is all there is."""

from typing import Any


def handle(event: Any, context: object) -> Any:
    """Answers with what it got."""
    return event
