"""The errors a user can cause, and how they read.

    ThawError
    ├── BundlingError (THAW001-029, in this package)
    ├── the environments' errors (THAW030-049, stacks.environment)
    ├── the constructs' errors (THAW050-069, constructs_lib)
    └── the command line's errors (THAW070-099, thaw_cli)

The root lies here because this package imports nothing of the project and everything imports it.
"""

from typing import ClassVar


class ThawError(Exception):
    """A mistake that the reader of the message can put right.

    Args:
        what: what went wrong, with the name of the function, file or key it concerns.
        received: the value at fault, as the user wrote it; left out of the message when ``None``.
        allowed: what would have been accepted.
        change: what to do about it, as an instruction.
    """

    id: ClassVar[str] = "THAW000"

    def __init__(
        self, what: str, *, received: object = None, allowed: str | None = None, change: str
    ) -> None:
        self.what, self.received, self.allowed, self.change = what, received, allowed, change
        details = {
            "received": None if received is None else str(received),
            "allowed": allowed,
            "change": change,
        }
        lines = [f"  {name}: {text}" for name, text in details.items() if text is not None]
        super().__init__("\n".join([f"{self.id}: {what}", *lines]))


class BundlingError(ThawError):
    """Something about a function's artifact."""
