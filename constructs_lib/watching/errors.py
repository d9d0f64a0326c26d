"""What can be wrong with alarms and dashboards (THAW145-149).

ConstructError
├── UnreachableTopicError     THAW145
├── NothingToWatchError       THAW146
└── DashboardTooLargeError    THAW147
"""

from constructs_lib.errors import ConstructError


class UnreachableTopicError(ConstructError):
    """CloudWatch cannot publish to the topic, and nobody would hear of an alarm."""

    id = "THAW145"


class NothingToWatchError(ConstructError):
    """What is to be watched does not exist, or cannot be known."""

    id = "THAW146"


class DashboardTooLargeError(ConstructError):
    """CloudWatch does not show as many metrics on one dashboard."""

    id = "THAW147"
