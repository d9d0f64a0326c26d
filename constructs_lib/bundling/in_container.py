"""The build in a container: ``python3 -m constructs_lib.bundling.in_container RECIPE``; started by ``container``.

Says lines of JSON on standard output: ``{"step": ...}`` for each step, and last ``{"built": FINGERPRINT}`` or
``{"error": {...}}`` with what a ThawError is made from.
"""

import ctypes
import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

from constructs_lib.bundling.assembly import build
from constructs_lib.bundling.cache import cache_folder
from constructs_lib.bundling.errors import ThawError
from constructs_lib.bundling.recipe import AnyRecipe, Architecture, LayerRecipe, OnLayerRecipe, Recipe, Start

PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 8, 47, 2
CAP_SYS_ADMIN = 21
LINUX_CAPABILITY_VERSION_3 = 0x20080522


def main(recipe: Path) -> None:
    """Builds what the file says."""
    _find_libraries()
    _become(cache_folder().stat())
    # What tools of the build print must not come between the lines.
    said = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(**message: object) -> None:
        print(json.dumps(message), file=said, flush=True)

    try:
        artifact = build(
            _recipe(json.loads(recipe.read_text())), report=lambda step: say(step=step), zipped=False
        )
    except ThawError as error:
        say(error=_described(error))
    else:
        say(built=artifact.fingerprint)


def _recipe(values: dict[str, Any]) -> AnyRecipe:
    paths: dict[str, Any] = {
        name: values[name] and Path(values[name])
        for name in ("source", "requirements", "python")
        if name in values
    }
    values = {**values, **paths}
    if "layer" in values:
        return OnLayerRecipe(**{**values, "layer": _recipe(values["layer"])})
    values |= {
        "architecture": Architecture(values["architecture"]),
        "start": values["start"] and Start(values["start"]),
        "preload": None if values["preload"] is None else tuple(values["preload"]),
    }
    return Recipe(**values) if "source" in values else LayerRecipe(**values)


def _described(error: ThawError) -> dict[str, str | None]:
    received = None if error.received is None else str(error.received)
    return {
        "id": error.id,
        "what": error.what,
        "received": received,
        "allowed": error.allowed,
        "change": error.change,
    }


def _find_libraries() -> None:
    """Makes what LD_LIBRARY_PATH says hold for processes without it too.

    Python needs it in some images, AWS's own among them, and the build starts it in environments of its own.
    """
    folders = [folder for folder in os.environ.get("LD_LIBRARY_PATH", "").split(":") if folder]
    ldconfig = shutil.which("ldconfig", path="/sbin:/usr/sbin")
    if folders and ldconfig:
        subprocess.run([ldconfig, *folders], check=True, stdout=subprocess.DEVNULL)


def _become(owner: os.stat_result) -> None:
    """Becomes the owner of the files to write, who is the caller however the engine numbers users.

    Where that is not the container's root, only the right to make namespaces is kept, as an ambient capability, which
    programs that are started inherit (capabilities(7)).
    """
    if owner.st_uid == os.getuid():
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(owner.st_gid)
    os.setuid(owner.st_uid)
    kept = 1 << CAP_SYS_ADMIN
    header, sets = (
        struct.pack("<Ii", LINUX_CAPABILITY_VERSION_3, 0),
        struct.pack("<6I", kept, kept, kept, 0, 0, 0),
    )
    if libc.capset(header, sets) or libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
