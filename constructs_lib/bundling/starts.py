"""How an artifact will start: what a recipe asks for, and what this machine can do."""

import os
import platform
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from constructs_lib.bundling import fingerprinting, inside
from constructs_lib.bundling.cache import cache_folder
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
    remembered = _allowed()
    if remembered is not None and remembered.exists():
        return None
    refused = _refusal()
    if refused is None and remembered is not None:
        _remember(remembered)
    return refused


def _refusal() -> str | None:
    """Why namespaces are refused, as a process finds that tries; None where they are not."""
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(
            inside.command("leave", Path(folder), Path(folder)), check=False, capture_output=True, text=True
        )
    return f"namespaces are refused: {tried.stderr.strip().splitlines()[-1]}" if tried.returncode else None


def _allowed() -> Path | None:
    """The file that says, where it exists, that this user may make namespaces until the machine is started again.

    Only a yes is remembered: what stands in the way of a no may be put right. A container has other namespaces than its host,
    and is asked for itself. None where the system does not tell.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        spaces = [os.readlink(f"/proc/self/ns/{kind}") for kind in ("user", "mnt")]  # noqa: PTH115 - no path
    except OSError:
        return None
    asked = fingerprinting.of_values(os.getuid(), spaces, inside.SCRIPT.read_text())
    return cache_folder() / "namespaces" / f"{boot}-{asked}"


def _remember(allowed: Path) -> None:
    """Writes the file; of earlier starts of the machine none is left. A cache that cannot be written remembers nothing."""
    boot = allowed.name.rpartition("-")[0]
    with suppress(OSError):
        allowed.parent.mkdir(parents=True, exist_ok=True)
        allowed.touch()
        for each in allowed.parent.iterdir():
            if not each.name.startswith(boot):
                each.unlink()
