"""Where an artifact lies while it is initialised, looked at or measured: mounted as on Lambda, see ``task_root.py``.

That file is a script of Linux's and is not imported here, so that this package can be imported anywhere.
"""

import sys
from pathlib import Path

# Where Lambda unpacks the zip of a function, and the zips of its layers.
TASK_ROOT = "/var/task"
LAYER_ROOT = "/opt"
SCRIPT = Path(__file__).with_name("task_root.py")


def command(mode: str, folder: Path, scratch: Path, *, layer: Path | None = None) -> list[str]:
    """The beginning of a command line whose rest is executed where ``folder`` is the task root.

    Args:
        mode: ``start``, or ``leave`` for a process whose memory is to be left.
        folder: seen read-only.
        scratch: seen as ``/tmp``.
        layer: seen read-only where layers lie. Default: there is none.
    """
    shown = {TASK_ROOT: folder} | ({LAYER_ROOT: layer} if layer else {})
    mounts = [f"--at={place}={each}" for place, each in shown.items()]
    return [sys.executable, "-I", "-S", str(SCRIPT), mode, str(scratch), *mounts]
