"""The OS-only runtimes of Lambda as data.

Source: "Lambda runtimes" in the AWS Lambda Developer Guide, section "Runtimes with an upcoming or past deprecation".
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class Deprecation:
    """The dates of a runtime's end.

    Attributes:
        deprecated: no security patches from here on.
        creation_blocked: functions can no longer be created from here on.
        update_blocked: functions can no longer be updated from here on.
    """

    deprecated: date
    creation_blocked: date
    update_blocked: date


DEFAULT = "provided.al2023"

OS_ONLY: dict[str, Deprecation | None] = {
    "provided.al2023": None,
    "provided.al2": Deprecation(
        deprecated=date(2026, 7, 31),
        creation_blocked=date(2027, 2, 1),
        update_blocked=date(2027, 3, 3),
    ),
}


def deprecation_warning(runtime: str) -> str | None:
    """What to tell somebody who chose ``runtime``; ``None`` where nothing ends."""
    end = OS_ONLY[runtime]
    if end is None:
        return None
    return (
        f"Runtime {runtime} is deprecated since {end.deprecated}: creating functions is blocked from "
        f"{end.creation_blocked}, updating them from {end.update_blocked}. "
        f"Move to {DEFAULT}; the artifact is the same for both."
    )
