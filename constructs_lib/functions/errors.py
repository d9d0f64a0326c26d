"""What a user of the functions can get wrong beyond what every construct refuses: THAW100-109."""

from constructs_lib.errors import ConstructError


class LayerArchitectureError(ConstructError):
    """A function asks for another instruction set than its runtime layer is made for."""

    id = "THAW108"
