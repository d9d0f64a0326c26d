"""The order in which an image is initialised.

Reads ``plan.json`` in the scratch folder and writes ``report.json`` there; see ``constructs_lib.bundling.snapshot``, which
writes the one and reads the other.
"""

import json
import os
import sys

from snapshot_build.botocore_data import common, keep, loaded
from snapshot_build.environment import Recorder
from snapshot_build.findings import Findings
from snapshot_build.hazards import Hazards
from snapshot_build.immortal import make_immortal
from snapshot_build.modules import preload, preloadable, rehearse
from snapshot_build.process import child_numbers
from snapshot_build.sqlite import forget_seed
from thaw_runtime import logs
from thaw_runtime.handler import HandlerError, resolve
from thaw_runtime.hooks import call
from thaw_runtime.main import show_agents
from thaw_runtime.renewal import Renewal
from thaw_runtime.snapshot import leave
from thaw_runtime.watched import Watched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

TASK_ROOT = "/var/task"
SCRATCH = "/tmp"  # noqa: S108 - a folder of the build's own is mounted there
REFUSED = 3
FILE_MASK = 0o022
KILL = 9  # signal(7); the module of that name would stay in the image


def main() -> None:
    """Does what the plan says: a trial run, or an image."""
    with open(f"{SCRATCH}/plan.json") as file:
        plan = json.load(file)
    if plan["trace"]:
        import tracemalloc

        tracemalloc.start(plan["trace"])
    logs.watch()
    show_agents()
    sys.argv[1:] = []
    # A layer's functions are not there yet, and the importer would remember that.
    task_root = [TASK_ROOT] if plan["handler"] else []
    sys.path[:] = [*task_root, f"{sys.prefix}/packages", *(each for each in sys.path if each != SCRATCH)]
    os.umask(FILE_MASK)
    way_in = _close_way_in()
    if plan["trial"]:
        _try(plan)
    else:
        _initialise(plan, way_in)


def _close_way_in() -> "Callable[[], tuple[float, float, float]]":
    """Lets nobody but ``leave`` call the function that leaves the memory; the load of this machine is of no use anyway."""
    original = os.getloadavg

    def getloadavg() -> tuple[float, float, float]:
        if os.getloadavg is getloadavg:
            raise OSError("the load average is not known while a snapshot is made")
        return original()

    os.getloadavg = getloadavg
    return original


def _try(plan: "dict[str, Any]") -> None:
    """Imports the modules that the plan names, else the handler, to learn what that brings in and what it weighs."""
    from snapshot_build.weights import weigh

    before, failure = set(sys.modules), None
    recorder = Recorder(plan["environment"], Findings())
    recorder.start()
    for name in plan["preload"]:
        __import__(name)
    if not plan["preload"] and plan["handler"]:
        failure = _import_handler(plan["handler"])
    recorder.stop()
    found = [name for name in sys.modules if name not in before]
    _write(
        {
            "modules": preloadable(found),
            "weights": weigh(found),
            "botocore": loaded() if plan["handler"] else common(),
            "written": sorted(recorder.written),
            "failure": failure,
        }
    )
    _end(0)


def _initialise(plan: "dict[str, Any]", way_in: "Callable[[], tuple[float, float, float]]") -> None:
    findings = Findings()
    recorder, hazards = Recorder(plan["environment"], findings), Hazards(findings, SCRATCH)
    watched = Watched()
    watched.start()
    hazards.watch()
    recorder.start()
    preload(plan["preload"], findings, hazards)
    keep(plan["botocore"])
    failure = _import_handler(plan["handler"]) if plan["initialize"] else None
    before_hooks, after_hooks = _hooks()
    if failure is None:
        failure = _run_before(before_hooks)
    hazards.look()
    hazards.stop_watching()
    watched.stop()
    recorded = recorder.stop()
    recorded.locales = watched.locales
    rehearse()
    if os.getcwd() != TASK_ROOT:
        recorded.folder = os.getcwd()
    if (mask := os.umask(FILE_MASK)) != FILE_MASK:
        recorded.file_mask = mask
    _write(
        {
            "findings": findings.found,
            "failure": failure,
            "modules": _origins(),
            "environment": {name: recorder.readers.get(name, "") for name in recorded.values},
            "proxies": recorded.read_proxies,
            "credentials": bool(recorded.required),
            "written": sorted(recorded.written),
            "hooks": {
                "before": [_name(hook) for hook in before_hooks[::-1]],
                "after": [_name(hook) for hook in after_hooks],
            },
        }
    )
    if failure is not None or findings.found:
        _end(REFUSED)
    forget_seed()
    _forget()
    make_immortal()
    _flush()
    os.getloadavg = way_in
    leave(recorded, Renewal(watched.generators, watched.contexts), after_hooks)


def _end(status: int) -> "NoReturn":
    for number in child_numbers():
        os.kill(int(number), KILL)  # whoever reads what this process prints would wait for its children too
    _flush()
    os._exit(status)


def _flush() -> None:
    """Writes out what code has printed, which would otherwise be printed by every process that takes the memory up."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, ValueError):  # code has put something else there, or closed it
            continue


def _import_handler(handler: str) -> "dict[str, Any] | None":
    """Imports the handler; what went wrong, or None."""
    try:
        resolve(handler)
    except HandlerError as error:
        return {"error": str(error), "trace": error.stack_trace or _trace(error.__cause__ or error)}
    except BaseException as error:  # noqa: BLE001 - a module may even exit; whatever it does is what the user is told
        return {"error": f"{type(error).__name__}: {error}", "trace": _trace(error)}
    return None


def _hooks() -> "tuple[list[Any], list[Any]]":
    module = sys.modules.get("snapshot_restore_py")
    if module is None:
        return [], []
    return list(module.get_before_snapshot()), list(module.get_after_restore())


def _run_before(hooks: "list[Any]") -> "dict[str, Any] | None":
    """Calls the hooks, last registered first; what went wrong, or None."""
    for hook in reversed(hooks):
        try:
            call(hook)
        except Exception as error:  # noqa: BLE001 - whatever a user's hook raises is what the user is told
            return {"error": f"{_name(hook)}: {type(error).__name__}: {error}", "trace": _trace(error)}
    # The loop that asynchronous ones were awaited on holds descriptors; the next one who awaits something makes another.
    loops = sys.modules.get("thaw_runtime.event_loop")
    if loops is not None and loops.kept.own is not None:
        loops.kept.own.close()
    return None


def _name(hook: "Any") -> str:
    function = hook[0]
    return f"{getattr(function, '__module__', '?')}.{getattr(function, '__qualname__', repr(function))}"


def _trace(error: BaseException) -> list[str]:
    import traceback  # the process ends after a failure, so nothing of it is in an image

    frames = traceback.extract_tb(error.__traceback__)
    ours = ("/snapshot_build/", "/thaw_runtime/", "<frozen importlib")
    return [
        f"{each.filename}:{each.lineno} in {each.name}"
        for each in frames
        if not any(o in each.filename for o in ours)
    ]


def _origins() -> dict[str, str]:
    """The modules of the image, with the file of each; empty for those inside the interpreter."""
    return {
        name: getattr(module, "__file__", None) or ""
        for name, module in sys.modules.items()
        if not _is_ours(name)
    }


def _is_ours(name: str) -> bool:
    """Whether a module is of use at build time alone."""
    return f"{name}.".startswith("snapshot_build.") or name == Watched.__module__


def _forget() -> None:
    """Lets go of this package; ``leave`` collects what nobody else holds."""
    for name in [name for name in sys.modules if _is_ours(name)]:
        del sys.modules[name]
    for name in [folder for folder in sys.path_importer_cache if folder.startswith(SCRATCH)]:
        del sys.path_importer_cache[name]


def _write(report: "dict[str, Any]") -> None:
    with open(f"{SCRATCH}/report.json", "w") as file:
        json.dump(report, file)
