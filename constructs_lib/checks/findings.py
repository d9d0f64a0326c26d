"""What a check of templates says, and how it reads."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """``ERROR``: it cannot be deployed or will not work. ``WARNING``: it works until something goes wrong."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing of one resource that should be changed.

    Attributes:
        id: stable, THAW150-179.
        severity: of the id, always the same.
        what: what is wrong.
        received: the value at fault, as the template has it.
        allowed: what would be accepted.
        change: what to do about it, as an instruction.
        stack: the name of the stack.
        template: the template's file, empty where there is none.
        logical_id: of the resource in the template.
        path: the construct's path (``aws:cdk:path``), else the stack's name and the logical id.
        location: the property, as ``Properties.Timeout``.
    """

    id: str
    severity: Severity
    what: str
    received: str
    allowed: str
    change: str
    stack: str
    template: str
    logical_id: str
    path: str
    location: str

    def __str__(self) -> str:
        """The finding in the form that every error of this project has."""
        return "\n".join(
            [
                f"{self.id}: {self.what}",
                f"  construct: {self.path} ({self.logical_id})",
                f"  received: {self.received}",
                f"  allowed: {self.allowed}",
                f"  change: {self.change}",
            ]
        )
