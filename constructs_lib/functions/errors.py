"""What can be wrong with a function (THAW100-109; THAW050-058 lie in ``constructs_lib.errors``).

ConstructError
├── OsOnlyRuntimeError         THAW100
├── DeprecatedRuntimeError     THAW101
├── SnapStartError             THAW102
├── ContainerImageError        THAW103
├── NotOfAnImageError          THAW104
├── ImageEntryError            THAW105
└── LayerArchitectureError     THAW108
"""

from constructs_lib.errors import ConstructError


class OsOnlyRuntimeError(ConstructError):
    """The code needs an interpreter, which this runtime has not."""

    id = "THAW100"


class DeprecatedRuntimeError(ConstructError):
    """The runtime gets no security patches any more; Lambda will not create or update functions on it."""

    id = "THAW101"


class SnapStartError(ConstructError):
    """SnapStart does not take the runtime or another prop of the function."""

    id = "THAW102"


class ContainerImageError(ConstructError):
    """The image cannot be built, or is for another processor."""

    id = "THAW103"


class NotOfAnImageError(ConstructError):
    """A prop that functions from container images do not have."""

    id = "THAW104"


class ImageEntryError(ConstructError):
    """An image that would start nothing, or of which it is not known what it starts."""

    id = "THAW105"


class LayerArchitectureError(ConstructError):
    """A function asks for another instruction set than its runtime layer is made for."""

    id = "THAW108"
