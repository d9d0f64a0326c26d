"""What can be wrong with a network or a database (THAW120-129).

ConstructError
├── UnknownServiceError       THAW120
├── UnreachableServiceError   THAW121
├── NoDatabasePortError       THAW122
├── UnsuitableSubnetsError    THAW123
├── NoRouteTableError         THAW124
├── NotADatabaseError         THAW125
├── WrongDatabaseUserError    THAW126
└── WrongNetworkPropError     THAW127
"""

from constructs_lib.errors import ConstructError


class UnknownServiceError(ConstructError):
    """AWS has no VPC endpoint of this name."""

    id = "THAW120"


class UnreachableServiceError(ConstructError):
    """A function may call an AWS service that nothing leads to from its subnets."""

    id = "THAW121"


class NoDatabasePortError(ConstructError):
    """The port that a database listens on cannot be known from its definition."""

    id = "THAW122"


class UnsuitableSubnetsError(ConstructError):
    """A VPC has no subnets that functions can be put into."""

    id = "THAW123"


class NoRouteTableError(ConstructError):
    """An imported subnet does not say which route table it has, which a gateway endpoint needs."""

    id = "THAW124"


class NotADatabaseError(ConstructError):
    """What is to be reached has no security group to let anybody in."""

    id = "THAW125"


class WrongDatabaseUserError(ConstructError):
    """A database user that no single user of PostgreSQL can have."""

    id = "THAW126"


class WrongNetworkPropError(ConstructError):
    """A prop of a network or a database that AWS would refuse, or that does not go with another one."""

    id = "THAW127"
