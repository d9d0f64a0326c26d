"""How it is said that something cannot be part of a snapshot."""

from collections.abc import Mapping, Sequence
from typing import Any

from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.recipe import RuntimeRecipe


class RefusedError(BundlingError):
    """Code that ran at build time did what a snapshot cannot hold."""

    id = "THAW014"


class InitialisationError(BundlingError):
    """The handler's module, or a hook, raised an error at build time."""

    id = "THAW015"


# Kinds of findings: what is said of one, and what to do.
_KINDS = {
    "environment": (
        "reads {what}",
        "read it inside the handler, or in a function that it calls first",
    ),
    "thread": (
        "leaves a thread running: {what}",
        "start it when it is first needed, or in a hook of snapshot_restore_py.register_after_restore",
    ),
    "descriptor": (
        "leaves a file or socket open: descriptor {what}",
        "close it in a hook of snapshot_restore_py.register_before_snapshot, or open it when it is first needed",
    ),
    "file": (
        "writes a file: {what}",
        "write it when it is first needed, or make it part of the handler's folder",
    ),
    "shared memory": (
        "shares memory with other processes: {what}",
        "make it when it is first needed",
    ),
    "child": (
        "leaves a process of its own behind: {what}",
        "wait for it, or start it when it is first needed",
    ),
    "stream": (
        "replaces a standard stream: descriptor {what}",
        "replace sys.stdout or sys.stderr instead, or do it in a hook of snapshot_restore_py.register_after_restore",
    ),
    "process": (
        "changes what the kernel keeps of its process: {what}",
        "do it in a hook of snapshot_restore_py.register_after_restore",
    ),
    "import": ("cannot be imported: {what}", "correct preload"),
}


def refusal(recipe: RuntimeRecipe, findings: Sequence[Mapping[str, Any]]) -> RefusedError:
    """The error for findings of ``snapshot_build``."""
    changes = list(dict.fromkeys(_KINDS[finding["kind"]][1] for finding in findings))
    return RefusedError(
        f"{recipe.name} cannot be initialised at build time",
        received="\n".join(_described(finding) for finding in findings),
        allowed="code that leaves no thread, no open descriptor and no file behind, and reads variables of known value",
        change="; or ".join([*changes, _without(recipe)]),
    )


def reason(finding: Mapping[str, Any]) -> str:
    """A finding in one line, without its subject."""
    return _KINDS[finding["kind"]][0].format(what=finding["what"])


def _described(finding: Mapping[str, Any]) -> str:
    subject = f"preloading {finding['module']}" if finding["module"] else "the handler's module"
    where = "".join(f"\n    {place}" for place in finding["where"])
    # A name of the environment may be no text, and an error has to be printed.
    return f"{subject} {reason(finding)}{where}".encode(errors="backslashreplace").decode()


def _without(recipe: RuntimeRecipe) -> str:
    if recipe.initialize_at_build_time:
        return "leave initialize_at_build_time off, so that the module is imported when the function starts"
    return "leave it out of preload"
