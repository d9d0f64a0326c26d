"""Makes the image that is a function's bootstrap: runs the build-time initialisation, lays out what it left, verifies.

What runs inside is ``lambda_src/snapshot_build``; this side gives it a plan, reads its report, and decides.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from constructs_lib.bundling import (
    cache,
    dependencies,
    fingerprinting,
    inside,
    lambda_environment,
    native,
    runtime_sources,
    verification,
)
from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.image import RawImage, lay_out
from constructs_lib.bundling.interpreter import Interpreter
from constructs_lib.bundling.recipe import LayerRecipe, RuntimeRecipe
from constructs_lib.bundling.refusals import InitialisationError, reason, refusal
from constructs_lib.bundling.stages import HOME, library_folders

REPORT = "thaw/snapshot.json"
SCRATCH = "/tmp"  # noqa: S108 - inside the build's own root
REFUSED = 3
PATIENCE_SECONDS = 60
# Frames that tracemalloc keeps per object where the origin of an open descriptor has to be found.
TRACED_FRAMES = 12
PROGRAM = "import sys; sys.path.append('/tmp'); from snapshot_build.main import main; main()"


class BuildRunError(BundlingError):
    """The process that should have left its memory ended otherwise."""

    id = "THAW016"


def make(recipe: RuntimeRecipe, found: Interpreter, root: Path) -> dict[str, Any]:
    """Puts the image in place of ``root/bootstrap``; everything else of the task root is there already.

    Returns:
        What is known of the snapshot, as written to ``thaw/snapshot.json``.

    Raises:
        InitialisationError: the handler's code failed at build time.
        RefusedError: what it did at build time cannot be part of a snapshot.
        BuildRunError: the process that was to be left, or one that took it up, ended otherwise.
        ImageError: its memory cannot be made into an executable.
    """
    with _scratch(found) as scratch:
        build = _Build(recipe, found, root, scratch)
        ran, known = _initialise(recipe, build)
        (root / "bootstrap").unlink(missing_ok=True)
        write = partial(
            lay_out,
            RawImage((scratch / "raw").read_bytes()),
            root / "bootstrap",
            place=f"{recipe.place}/bootstrap",
            architecture=found.architecture,
            task_root=root,
        )
        (scratch / "raw").unlink()
        command = [*build.inside("start"), f"{recipe.place}/bootstrap"]
        variables = lambda_environment.with_placeholders(build.variables)
        write(record=True)
        used = verification.rehearse(command, variables, ran)
        layout = write(used=used)
        verification.verify(command, variables, ran)
    return {
        "level": "handler" if recipe.initialize_at_build_time else "dependencies",
        "python": found.version,
        "architecture": found.architecture,
        "processor": lambda_environment.processor(),
        "modules": ran["modules"],
        **known,
        "environment": ran["environment"],
        "hooks": ran["hooks"],
        "image_bytes": layout.file_bytes,
        "memory_bytes": layout.memory_bytes,
        "shared_bytes": layout.shared_bytes,
        "used_bytes": layout.used_bytes,
        "written_bytes": layout.written_bytes,
        "segments": layout.segments,
        "space": layout.space,
    }


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


def _without_function(scratch: Path) -> Path:
    """A task root for a layer's build: empty, but with the folder for which ld.so looks once and never again."""
    folder = scratch / "task"
    (folder / HOME / "lib").mkdir(parents=True, exist_ok=True)
    return folder


class _Build:
    """Runs of the initialisation in one task root."""

    def __init__(self, recipe: RuntimeRecipe, found: Interpreter, root: Path, scratch: Path) -> None:
        self._recipe, self._found, self._root, self._scratch = recipe, found, root, scratch
        self.variables = lambda_environment.at_build_time(recipe)
        self.botocore_reads: list[dict[str, Any]] = []

    def inside(self, mode: str) -> list[str]:
        """The beginning of a command that runs where the artifact lies as on Lambda."""
        if self._recipe.place == inside.TASK_ROOT:
            return inside.command(mode, self._root, self._scratch)
        return inside.command(mode, _without_function(self._scratch), self._scratch, layer=self._root)

    def run(
        self, *, trial: bool = False, preload: Sequence[str] = (), traced: bool = False
    ) -> dict[str, Any]:
        """One run; its report."""
        plan = {
            "trial": trial,
            "handler": self._recipe.handler,
            "initialize": self._recipe.initialize_at_build_time,
            "preload": list(preload),
            "environment": self.variables,
            "botocore": self.botocore_reads,
            "trace": TRACED_FRAMES if traced else 0,
        }
        (self._scratch / "plan.json").write_text(json.dumps(plan))
        (self._scratch / "report.json").unlink(missing_ok=True)
        self._execute()
        report: dict[str, Any] = json.loads((self._scratch / "report.json").read_text())
        return report

    def try_out(self, preload: Sequence[str] = ()) -> dict[str, Any]:
        """The report of a trial run; where that does not come to its end, one that found nothing and says so."""
        try:
            return self.run(trial=True, preload=preload)
        except BuildRunError as error:
            what = "the preloading" if preload else "the handler's import"
            failure = {"error": f"{what} did not come to its end: {error.received}"}
            return {"modules": [], "weights": {}, "botocore": [], "written": [], "failure": failure}

    def required_modules(self) -> list[str]:
        """The modules of the packages that the requirements name."""
        return dependencies.required_modules(self._root / HOME / "packages")

    def _execute(self) -> None:
        home, libraries = f"{self._recipe.place}/{HOME}", ":".join(library_folders(self._recipe.place))
        command = [
            *(f"{home}/lib/{Path(self._found.loader).name}", "--library-path", libraries),
            *("--preload", f"{SCRATCH}/library.so", "--argv0", f"{home}/bin/python3"),
            *(f"{home}/bin/python{self._found.version}", "-I", "-S", "-u", "-X", "utf8", "-c", PROGRAM),
        ]
        environment = {**lambda_environment.BASELINE, "THAW_IMAGE": f"{SCRATCH}/raw"}
        try:
            done = subprocess.run(
                [*self.inside("leave"), *command],
                env=environment,
                check=False,
                capture_output=True,
                text=True,
                errors="replace",
                stdin=subprocess.DEVNULL,
                timeout=PATIENCE_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise _ended(self._recipe, f"it had not finished after {PATIENCE_SECONDS} seconds") from None
        if done.returncode not in {0, REFUSED} or not (self._scratch / "report.json").exists():
            said = "\n".join([*done.stdout.splitlines()[-5:], *done.stderr.splitlines()[-15:]])
            raise _ended(self._recipe, f"exit status {done.returncode}\n{said}")


def _initialise(recipe: RuntimeRecipe, build: _Build) -> tuple[dict[str, Any], dict[str, Any]]:
    """The report of the run that left an image, and what else is known of how it came about."""
    modules = list(recipe.preload or ())
    if isinstance(recipe, LayerRecipe):
        modules = build.required_modules() if recipe.preload is None else modules
        trial = build.try_out(modules)
        build.botocore_reads = trial["botocore"]
    else:
        trial = build.try_out()
        if recipe.preload is None and not recipe.initialize_at_build_time:
            modules, build.botocore_reads = trial["modules"], trial["botocore"]
            # What the handler itself sets may be meant for what it imports next.
            build.variables.update(dict.fromkeys(trial["written"]))
    ran, left_out = _leave(recipe, build, modules)
    kept = _without(left_out, modules)
    weighed = trial if recipe.initialize_at_build_time or not kept else build.run(trial=True, preload=kept)
    return ran, {
        "not_preloaded": left_out,
        "trial_failure": trial["failure"] and trial["failure"]["error"],
        "python_bytes": weighed["weights"],
    }


def _leave(recipe: RuntimeRecipe, build: _Build, modules: list[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The report of the run that left an image, after as many as it takes to know what must be left out, and why each was."""
    left_out: dict[str, str] = {}
    while True:
        ran = build.run(preload=_without(left_out, modules))
        if ran["failure"] is not None:
            raise _failed(recipe, ran["failure"])
        findings = ran["findings"]
        if not findings:
            return ran, left_out
        blamed = {finding["module"]: reason(finding) for finding in findings}
        if None in blamed or recipe.preload is not None:
            raise refusal(recipe, _with_origins(findings, modules, build))
        left_out.update(blamed)


def _without(packages: Mapping[str, str], modules: Sequence[str]) -> list[str]:
    return [name for name in modules if name.partition(".")[0] not in packages]


def _with_origins(
    findings: list[dict[str, Any]], modules: Sequence[str], build: _Build
) -> list[dict[str, Any]]:
    """The findings, those of descriptors with where they were opened, which only a traced run knows."""
    if not any(finding["kind"] == "descriptor" for finding in findings):
        return findings
    traced: list[dict[str, Any]] = build.run(preload=modules, traced=True)["findings"]
    return traced


def _failed(recipe: RuntimeRecipe, failure: Mapping[str, Any]) -> InitialisationError:
    trace = "\n".join(f"    {place}" for place in failure["trace"])
    return InitialisationError(
        f"{recipe.name} failed while it was initialised at build time",
        received=f"{failure['error']}\n{trace}".rstrip(),
        allowed="code that needs no network, no credentials and no file outside of the task root",
        change="move what needs them into the handler or a function that it calls first, or leave "
        "initialize_at_build_time off: the module is then imported when the function starts",
    )


def _ended(recipe: RuntimeRecipe, how: str) -> BuildRunError:
    return BuildRunError(
        f"the snapshot of {recipe.name} could not be made",
        received=how,
        change='read what it printed; start="portable" (--start portable) does without a snapshot',
    )
