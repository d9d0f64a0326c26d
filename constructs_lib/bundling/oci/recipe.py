"""What an image is made from."""

from dataclasses import dataclass

from constructs_lib.bundling.inside import TASK_ROOT
from constructs_lib.bundling.recipe import Recipe

# The program that an image starts, and what that starts unless it is told otherwise.
ENTRYPOINT = "/lambda-entrypoint"
BOOTSTRAP = f"{TASK_ROOT}/bootstrap"


@dataclass(frozen=True, kw_only=True)
class ImageRecipe:
    """The inputs of one image; two equal recipes over equal files give the same image, but for the memory of a snapshot.

    Attributes:
        function: what becomes /var/task.
        emulator: whether the image brings AWS's Runtime Interface Emulator, which serves invocations where there is no
            Lambda: 9 MB, 3.7 MB compressed.
        snap_start: whether the image bears the label by which Lambda takes snapshots of its running microVM (SnapStart),
            whatever its entry point does.
        base: the image to put the layers upon, which then takes an engine to build. Default: none, FROM scratch.
    """

    function: Recipe
    emulator: bool = True
    snap_start: bool = False
    base: str | None = None
