"""What a user of the constructs can get wrong.

ConstructError
├── of every construct (THAW050-069, here)
├── of functions (THAW100-109, constructs_lib.functions.errors)
├── of triggers (THAW110-119, constructs_lib.triggers.errors)
├── of networks and databases (THAW120-129, constructs_lib.network.errors)
├── of configuration (THAW130-139, constructs_lib.configuration.errors)
├── of releases and watching (THAW140-149, constructs_lib.releases.errors)
└── of templates, found by checks (THAW150-179, constructs_lib.checks.errors)
"""

from constructs_lib.bundling.errors import ThawError


class ConstructError(ThawError):
    """A prop of a construct that cannot work, found while the construct is made."""


class NotAnOsOnlyRuntimeError(ConstructError):
    """The artifact brings its own interpreter, so only a runtime without one can run it."""

    id = "THAW050"


class ConflictingPropsError(ConstructError):
    """Two props that say the same thing."""

    id = "THAW051"


class NoDeadLetterQueueError(ConstructError):
    """Events that fail for good would be lost."""

    id = "THAW052"


class ImportedBucketError(ConstructError):
    """The bucket's notifications belong to whoever defines it."""

    id = "THAW053"


class NoStreamError(ConstructError):
    """The table has no stream to read."""

    id = "THAW054"


class VisibilityTooShortError(ConstructError):
    """A message would be handed out again while the function still works on it."""

    id = "THAW055"


class OutOfRangeError(ConstructError):
    """A figure outside of what the service takes."""

    id = "THAW056"


class UnknownPropError(ConstructError):
    """A construct has no such prop."""

    id = "THAW057"


class WrongPropError(ConstructError):
    """A prop's value is of the wrong type, form or size."""

    id = "THAW058"


class RefusedByCdkError(ConstructError):
    """The CDK refuses what a construct was given, or the construct's id."""

    id = "THAW059"
