"""What can be wrong with a release (THAW140-144).

ConstructError
├── NotReleasableError             THAW140
├── ReleaseNameError               THAW141
├── ProvisionedConcurrencyError    THAW142
└── CanaryError                    THAW143
"""

from constructs_lib.errors import ConstructError


class NotReleasableError(ConstructError):
    """What is to be released is no function of this stack, so no version of it can be published here."""

    id = "THAW140"


class ReleaseNameError(ConstructError):
    """An alias cannot have this name, or another release of the function has it."""

    id = "THAW141"


class ProvisionedConcurrencyError(ConstructError):
    """Provisioned concurrency that Lambda would refuse for this function."""

    id = "THAW142"


class CanaryError(ConstructError):
    """A shift of traffic that CodeDeploy would refuse."""

    id = "THAW143"
