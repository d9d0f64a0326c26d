"""What can be wrong with the choice or the data of an environment (THAW030-049)."""

from constructs_lib.bundling.errors import ThawError


class EnvironmentConfigurationError(ThawError):
    """Something about the environments in ``cdk.json``."""


class EnvironmentNotChosenError(EnvironmentConfigurationError):
    """Nobody said which environment is meant."""

    id = "THAW030"


class UnknownEnvironmentError(EnvironmentConfigurationError):
    """No environment has this name."""

    id = "THAW031"


class UnknownKeyError(EnvironmentConfigurationError):
    """An environment has no such key."""

    id = "THAW032"


class WrongValueError(EnvironmentConfigurationError):
    """A key's value is of the wrong type, form or size."""

    id = "THAW033"


class WrongFormError(EnvironmentConfigurationError):
    """The environments, or one of them, are not a mapping."""

    id = "THAW034"


class ConflictingKeysError(EnvironmentConfigurationError):
    """A key makes no sense without another one, which is not set."""

    id = "THAW035"
