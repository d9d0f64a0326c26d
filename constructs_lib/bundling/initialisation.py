"""Runs of the initialisation of a task root: what is tried, and what is left.

What runs inside is ``lambda_src/snapshot_build``; this side gives it a plan and reads its report.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from constructs_lib.bundling import dependencies, fingerprinting, inside, lambda_environment, source
from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.image import RawImage
from constructs_lib.bundling.interpreter import Interpreter
from constructs_lib.bundling.recipe import Architecture, LayerRecipe, Recipe, RuntimeRecipe
from constructs_lib.bundling.refusals import InitialisationError, reason, refusal
from constructs_lib.bundling.stages import HOME, library_folders

SCRATCH = "/tmp"  # noqa: S108 - inside the build's own root
REFUSED = 3
PATIENCE_SECONDS = 60
# Frames that tracemalloc keeps per object where the origin of an open descriptor has to be found.
TRACED_FRAMES = 12
PROGRAM = "import sys; sys.path.append('/tmp'); from snapshot_build.main import main; main()"


class BuildRunError(BundlingError):
    """The process that should have left its memory ended otherwise."""

    id = "THAW016"


def _without_function(scratch: Path) -> Path:
    """A task root for a layer's build: empty, but with the folder for which ld.so looks once and never again."""
    folder = scratch / "task"
    (folder / HOME / "lib").mkdir(parents=True, exist_ok=True)
    return folder


class Build:
    """Runs of the initialisation in one task root."""

    def __init__(self, recipe: RuntimeRecipe, found: Interpreter, root: Path, scratch: Path) -> None:
        self._recipe, self._found, self.root, self._scratch = recipe, found, root, scratch
        self.variables = lambda_environment.at_build_time(recipe)
        self.botocore_reads: list[dict[str, Any]] = []

    @property
    def architecture(self) -> Architecture:
        """Of the interpreter."""
        return self._found.architecture

    def inputs(self, modules: list[str], below: str) -> list[object]:
        """What the memory depends on.

        Of the function's files these are the names, which decide what an import finds, and the contents of those that no
        import reads, because a dependency may; where the handler is imported, all of them.
        """
        own: object = None
        if isinstance(self._recipe, Recipe):
            whole = self._recipe.initialize_at_build_time
            files = {
                str(each.relative_to(self._recipe.source)): each for each in source.files(self._recipe.source)
            }
            data = ((name, file) for name, file in files.items() if whole or file.suffix != ".py")
            own = [sorted(files), fingerprinting.of_named(data), self._recipe.handler]
        return [
            below,
            modules,
            self.botocore_reads,
            sorted(self.variables.items()),
            own,
            self._recipe.preload,
        ]

    def left(self) -> RawImage:
        """The memory that the last run left."""
        raw = self._scratch / "raw"
        image = RawImage(raw.read_bytes())
        raw.unlink()
        return image

    def inside(self, mode: str) -> list[str]:
        """The beginning of a command that runs where the artifact lies as on Lambda."""
        if self._recipe.place == inside.TASK_ROOT:
            return inside.command(mode, self.root, self._scratch)
        return inside.command(mode, _without_function(self._scratch), self._scratch, layer=self.root)

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
        return dependencies.required_modules(self.root / HOME / "packages")

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


def plan(recipe: RuntimeRecipe, build: Build) -> tuple[list[str], dict[str, Any]]:
    """The modules that the image is to hold, and the report of the trial run that says so."""
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
    return modules, trial


def leave(recipe: RuntimeRecipe, build: Build, modules: list[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The report of the run that left an image, after as many as it takes to know what must be left out, and why each was."""
    left_out: dict[str, str] = {}
    while True:
        ran = build.run(preload=without(left_out, modules))
        if ran["failure"] is not None:
            raise _failed(recipe, ran["failure"])
        findings = ran["findings"]
        if not findings:
            return ran, left_out
        blamed = {finding["module"]: reason(finding) for finding in findings}
        if None in blamed or recipe.preload is not None:
            raise refusal(recipe, _with_origins(findings, modules, build))
        left_out.update(blamed)


def without(packages: Mapping[str, str], modules: Sequence[str]) -> list[str]:
    return [name for name in modules if name.partition(".")[0] not in packages]


def _with_origins(
    findings: list[dict[str, Any]], modules: Sequence[str], build: Build
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
