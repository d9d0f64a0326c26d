"""What can be wrong with a configuration (THAW130-139).

ConstructError
├── MissingFileError           THAW130
├── MalformedFileError         THAW131
├── SchemaViolationError       THAW132
├── SecretInFileError          THAW133, a warning
├── KeyGivenTwiceError         THAW134
├── ContradictingKeysError     THAW135
├── ReferencesTooLargeError    THAW136
├── WrongReferenceError        THAW137
├── FileTooLargeError          THAW138
└── WrongArtifactError         THAW139
"""

from constructs_lib.errors import ConstructError


class MissingFileError(ConstructError):
    """A file of configuration is not there, or its name does not say what it is."""

    id = "THAW130"


class MalformedFileError(ConstructError):
    """A file of configuration cannot be read, or has a key twice, or a schema is none."""

    id = "THAW131"


class SchemaViolationError(ConstructError):
    """The files together are not what the schema asks for."""

    id = "THAW132"


class SecretInFileError(ConstructError):
    """A file that is deployed as it is holds what looks like a secret; said as a warning."""

    id = "THAW133"


class KeyGivenTwiceError(ConstructError):
    """A key refers to a parameter and to a secret."""

    id = "THAW134"


class ContradictingKeysError(ConstructError):
    """One layer has a value where another one has keys of its own."""

    id = "THAW135"


class ReferencesTooLargeError(ConstructError):
    """The references do not fit into the environment of a function."""

    id = "THAW136"


class WrongReferenceError(ConstructError):
    """A key, or the name of a parameter, a secret or an object, that there cannot be."""

    id = "THAW137"


class FileTooLargeError(ConstructError):
    """A file of configuration that is larger than the runtime reads."""

    id = "THAW138"


class WrongArtifactError(ConstructError):
    """A function's artifact lacks the file that its configuration begins with, or has a local one."""

    id = "THAW139"
