"""How an artifact will start: what a recipe asks for, and what this machine can do."""

import platform
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from constructs_lib.bundling import inside
from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.interpreter import Interpreter
from constructs_lib.bundling.recipe import Architecture, RuntimeRecipe, Start

MACHINES = {Architecture.X86_64: "x86_64", Architecture.ARM64: "aarch64"}


class SnapshotUnavailableError(BundlingError):
    """No snapshot can be made on this machine."""

    id = "THAW013"


def start_of(recipe: RuntimeRecipe, found: Interpreter) -> Start:
    """How the artifact of a recipe will start.

    Raises:
        SnapshotUnavailableError: it asks for a snapshot, and none can be made here.
    """
    if recipe.start == Start.PORTABLE:
        return Start.PORTABLE
    return choose(recipe, obstacle(found.architecture)) or Start.SNAPSHOT


def choose(recipe: RuntimeRecipe, refused: str | None) -> Start | None:
    """The start of a recipe where it is known why no snapshot can be made; its own start if nothing stands in the way.

    Raises:
        SnapshotUnavailableError: it asks for a snapshot, and none can be made.
    """
    if refused is None or recipe.start == Start.PORTABLE:
        return recipe.start
    if recipe.start == Start.SNAPSHOT or recipe.initialize_at_build_time or recipe.preload is not None:
        raise SnapshotUnavailableError(
            "no snapshot can be made here",
            received=refused,
            allowed="Linux on the function's own architecture, where user namespaces are allowed",
            change="build in a container with builder= (--builder IMAGE), whose engine runs on that architecture and may "
            'make namespaces, or use start="portable" (--start portable)',
        )
    return Start.PORTABLE


@cache
def obstacle(architecture: Architecture) -> str | None:
    """Why no snapshot for an architecture can be made on this machine; None where one can."""
    if sys.platform != "linux":
        return f"this is {platform.system()}, and a snapshot is a Linux process"
    if platform.machine() != MACHINES[architecture]:
        return f"this machine is {platform.machine()}, the function {architecture}"
    with tempfile.TemporaryDirectory() as folder:
        refused = subprocess.run(
            inside.command("leave", Path(folder), Path(folder)), check=False, capture_output=True, text=True
        )
    return (
        None
        if refused.returncode == 0
        else f"namespaces are refused: {refused.stderr.strip().splitlines()[-1]}"
    )
