"""What can be wrong with a call for checks (THAW177-179); what the checks find has ids of its own (THAW150-176)."""

from constructs_lib.errors import ConstructError


class NotAnAssemblyError(ConstructError):
    """The folder to check is not a cloud assembly."""

    id = "THAW177"


class UnknownCheckError(ConstructError):
    """A check to ignore does not exist, or no reason is given."""

    id = "THAW178"
