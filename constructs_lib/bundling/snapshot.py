"""Makes the image that is a function's bootstrap: runs the build-time initialisation, lays out what it left, verifies.

The memory is kept apart from the artifact: what it depends on is less than what that depends on.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from constructs_lib.bundling import (
    cache,
    fingerprinting,
    lambda_environment,
    native,
    runtime_sources,
    verification,
)
from constructs_lib.bundling.image import lay_out
from constructs_lib.bundling.initialisation import Build, leave, plan, without
from constructs_lib.bundling.inside import TASK_ROOT
from constructs_lib.bundling.interpreter import Interpreter
from constructs_lib.bundling.recipe import Recipe, RuntimeRecipe
from constructs_lib.bundling.stages import HOME

REPORT = "thaw/snapshot.json"


@dataclass(frozen=True)
class _Memory:
    """What a process left, as an executable.

    Attributes:
        ran: the report of the run that left it.
        left_out: of the modules that it should hold, those that it does not, and why.
        layout: of the executable, see ``image.Layout``.
    """

    ran: dict[str, Any]
    left_out: dict[str, str]
    layout: dict[str, Any]

    @property
    def holds_of_function(self) -> bool:
        """Whether a module of the function's own is in it, beside its dependencies."""
        files = (file for file in self.ran["modules"].values() if file.startswith(f"{TASK_ROOT}/"))
        return any(not file.startswith(f"{TASK_ROOT}/{HOME}/") for file in files)


def make(recipe: RuntimeRecipe, found: Interpreter, root: Path, *, below: str) -> dict[str, Any]:
    """Puts the image in place of ``root/bootstrap``; everything else of the task root is there already.

    The memory is kept in the cache by what it depends on, so that a change of the handler, which is no part of it by
    default, leaves the bootstrap as it is.

    Args:
        recipe: of the function or layer.
        found: the interpreter.
        root: the task root.
        below: names what is in it besides the function's own files: the stages.

    Returns:
        What is known of the snapshot, as written to ``thaw/snapshot.json``.

    Raises:
        InitialisationError: the handler's code failed at build time.
        RefusedError: what it did at build time cannot be part of a snapshot.
        BuildRunError: the process that was to be left, or one that took it up, ended otherwise.
        ImageError: its memory cannot be made into an executable.
    """
    with _scratch(found) as scratch:
        build = Build(recipe, found, root, scratch)
        modules, trial = plan(recipe, build)
        memory, file = _kept(recipe, build, modules, below)
        (root / "bootstrap").unlink(missing_ok=True)
        cache.link_file(file, root / "bootstrap")
        kept = without(memory.left_out, modules)
        weighed = (
            trial if recipe.initialize_at_build_time or not kept else build.run(trial=True, preload=kept)
        )
    ran, layout = memory.ran, memory.layout
    return {
        "level": "handler" if recipe.initialize_at_build_time else "dependencies",
        "python": found.version,
        "architecture": found.architecture,
        "processor": lambda_environment.processor(),
        "modules": ran["modules"],
        "not_preloaded": memory.left_out,
        "trial_failure": trial["failure"] and trial["failure"]["error"],
        "python_bytes": weighed["weights"],
        "environment": ran["environment"],
        "hooks": ran["hooks"],
        "image_bytes": layout["file_bytes"],
        **{name: layout[name] for name in ("memory_bytes", "shared_bytes", "used_bytes", "written_bytes")},
        "segments": layout["segments"],
        "space": layout["space"],
    }


def _kept(recipe: RuntimeRecipe, build: Build, modules: list[str], below: str) -> tuple[_Memory, Path]:
    """The memory and its executable out of the cache, made where it is missing."""
    inputs = build.inputs(modules, below)
    memory, file = _cached(recipe, build, modules, inputs)
    if isinstance(recipe, Recipe) and memory.holds_of_function:
        # A dependency has imported it, by a name that it was told or found; then it must be this function's.
        memory, file = _cached(recipe, build, modules, [*inputs, fingerprinting.of_files(recipe.source)])
    return memory, file


def _cached(
    recipe: RuntimeRecipe, build: Build, modules: list[str], inputs: list[object]
) -> tuple[_Memory, Path]:
    def write(folder: Path) -> None:
        memory = _made(recipe, build, modules, folder / "bootstrap")
        (folder / "memory.json").write_text(json.dumps(vars(memory)))

    folder, _ = cache.get_or_make("snapshots", fingerprinting.of_values(*inputs), write)
    return _Memory(**json.loads((folder / "memory.json").read_text())), folder / "bootstrap"


def _made(recipe: RuntimeRecipe, build: Build, modules: list[str], output: Path) -> _Memory:
    """Leaves the memory of a process and proves it, at the place where it will be started; then moves it to ``output``."""
    ran, left_out = leave(recipe, build, modules)
    bootstrap = build.root / "bootstrap"
    bootstrap.unlink(missing_ok=True)
    write = partial(
        lay_out,
        build.left(),
        bootstrap,
        place=f"{recipe.place}/bootstrap",
        architecture=build.architecture,
        task_root=build.root,
    )
    command = [*build.inside("start"), f"{recipe.place}/bootstrap"]
    variables = lambda_environment.with_placeholders(build.variables)
    write(record=True)
    used = verification.rehearse(command, variables, ran)
    layout = write(used=used)
    verification.verify(command, variables, ran)
    shutil.move(bootstrap, output)
    return _Memory(ran, left_out, vars(layout))


@contextmanager
def _scratch(found: Interpreter) -> Iterator[Path]:
    library, _ = cache.get_or_make(
        "native",
        fingerprinting.of_values(fingerprinting.of_tool(), found.architecture),
        lambda folder: native.compile_snapshot_library(
            folder / "library.so", architecture=found.architecture
        ),
    )
    with tempfile.TemporaryDirectory(prefix="thaw-snapshot-") as folder:
        scratch = Path(folder)
        shutil.copy(library / "library.so", scratch)
        shutil.copytree(
            runtime_sources.SNAPSHOT_BUILD,
            scratch / "snapshot_build",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        yield scratch
