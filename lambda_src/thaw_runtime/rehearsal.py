"""The handler that a build verifies a snapshot with: nothing of the user's runs."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def answer(event: "Any", _context: "Any") -> "Any":
    """Returns the event."""
    return event
