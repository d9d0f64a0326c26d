"""What can be wrong with a trigger (THAW110-119; THAW052-056 lie in ``constructs_lib.errors``).

ConstructError
├── UnsuitableTargetError      THAW110
├── KeyFilterError             THAW111
├── NotificationConflictError  THAW112
├── DifferentStacksError       THAW113
├── FifoError                  THAW114
├── WrongFilterError           THAW115
├── WrongScheduleError         THAW116
├── WrongCorsError             THAW117
├── WrongRouteError            THAW118
└── SecondUrlError             THAW119
"""

from constructs_lib.errors import ConstructError


class UnsuitableTargetError(ConstructError):
    """What is to be invoked is neither a function nor an alias of one, defined in this application."""

    id = "THAW110"


class KeyFilterError(ConstructError):
    """No key of an object can begin or end like this."""

    id = "THAW111"


class NotificationConflictError(ConstructError):
    """Two notifications of a bucket get in each other's way."""

    id = "THAW112"


class DifferentStacksError(ConstructError):
    """Two resources that need each other lie in different stacks."""

    id = "THAW113"


class FifoError(ConstructError):
    """A FIFO source asks for something that only exists without order, or the other way round."""

    id = "THAW114"


class WrongFilterError(ConstructError):
    """A filter that the service would refuse."""

    id = "THAW115"


class WrongScheduleError(ConstructError):
    """A time, a time zone or an input that EventBridge Scheduler would refuse."""

    id = "THAW116"


class WrongCorsError(ConstructError):
    """A CORS setting that the service or every browser would refuse."""

    id = "THAW117"


class WrongRouteError(ConstructError):
    """A route that API Gateway would refuse."""

    id = "THAW118"


class SecondUrlError(ConstructError):
    """A function or an alias can have one URL."""

    id = "THAW119"
