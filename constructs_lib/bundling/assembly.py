"""From a recipe to an artifact.

    task root/
      bootstrap            the launcher, static; or the image of a snapshot
      <the handler's files>
      thaw/bin/python3     the launcher again: sys.executable
      thaw/bin/portable    the launcher again: what a snapshot falls back on
      thaw/bin/python3.N   the interpreter
      thaw/lib/            the loader, shared libraries, python3.N/ with the standard library and thaw_runtime
      thaw/packages/       the handler's dependencies

A runtime layer is the same without a handler, at /opt; a function on a layer is the handler's files, and in thaw/packages and
thaw/lib what its dependencies need beyond the layer's.

Three stages are cached, from what changes seldom to what changes often: interpreter, dependencies, artifact. The zip of
each begins with the zip of the one below, so that a changed handler costs the compression of its own files alone; it is made
when it is asked for, because an image needs none.
"""

import json
import shutil
from pathlib import Path

from constructs_lib.bundling import (
    archive,
    cache,
    checks,
    container,
    dependencies,
    fingerprinting,
    inside,
    interpreter,
    lambda_environment,
    on_layer,
    snapshot,
    source,
    stages,
    starts,
)
from constructs_lib.bundling.artifact import Artifact
from constructs_lib.bundling.interpreter import Interpreter
from constructs_lib.bundling.recipe import AnyRecipe, LayerRecipe, OnLayerRecipe, RuntimeRecipe, Start
from constructs_lib.bundling.stages import ARCHIVE, HOME, ROOT, Report, Stage

# What of the cache is bounded: what a build makes. Tools and servers' data are not.
BOUNDED = ("artifacts", "archives", "packages", "interpreters", "snapshots", "builders", "native")

# What an artifact adds to its stages, as links: what its zip adds to theirs.
OWN = "own"


def fingerprint(recipe: AnyRecipe) -> str:
    """64 hexadecimal digits over every input of a build; no build step runs.

    Raises:
        BundlingError: the recipe names something that is not there.
    """
    return _fingerprint(recipe, _interpreter(recipe))


def build(recipe: AnyRecipe, *, report: Report | None = None, zipped: bool = True) -> Artifact:
    """Makes a task root, or the root of a layer, and its zip, or finds them in the cache.

    Args:
        recipe: what to build.
        report: told each step that really runs, as a short sentence.
        zipped: whether it will be deployed as a zip, which has limits; if not, there is none.

    Raises:
        BundlingError: something of the recipe is missing, does not fit, or is over one of Lambda's limits.
    """
    report = report or (lambda _step: None)
    found = _interpreter(recipe)
    key = _fingerprint(recipe, found)
    layer = build(recipe.layer, report=report) if isinstance(recipe, OnLayerRecipe) else None

    def make(scratch: Path) -> None:
        if found is None:
            container.make(recipe, scratch, report)
        else:
            _make(recipe, found, layer, scratch, report)
        if layer is None:
            checks.check_bootstrap(_short_name(recipe), scratch / ROOT, recipe.architecture)

    folder, reused = cache.get_or_make("artifacts", key, make)
    if zipped:
        archived, _ = cache.get_or_make(
            "archives",
            key,
            lambda scratch: _zip(recipe, found, layer, folder, output=scratch / ARCHIVE, report=report),
        )
    if not reused:
        cache.prune(BOUNDED)
    described = folder / ROOT / snapshot.REPORT
    artifact = Artifact(
        snapshot=json.loads(described.read_text()) if described.exists() else None,
        root=folder / ROOT,
        archive=archived / ARCHIVE if zipped else None,
        fingerprint=key,
        reused=reused,
        zip_bytes=(archived / ARCHIVE).stat().st_size if zipped else 0,
        unzipped_bytes=json.loads((folder / "sizes.json").read_text())["unzipped_bytes"],
    )
    if zipped:
        checks.check_sizes(_short_name(recipe), artifact)
    if layer is not None:
        on_layer.check_sizes(recipe.name, artifact, layer)
    return artifact


def _short_name(recipe: AnyRecipe) -> str:
    return "runtime layer" if isinstance(recipe, LayerRecipe) else recipe.source.name


def _interpreter(recipe: AnyRecipe) -> Interpreter | None:
    """The interpreter to bundle, or that a layer has; None where it is in a container."""
    return None if recipe.builder else interpreter.find(recipe.python, recipe.architecture)


def _fingerprint(recipe: AnyRecipe, found: Interpreter | None) -> str:
    source.check(recipe)
    requirements = source.requirements_of(recipe)
    files = [] if requirements is None else dependencies.files(requirements)
    try:
        digest = fingerprinting.of_values(container.inputs(recipe)) if found is None else found.digest()
        return fingerprinting.of_recipe(recipe, files, digest, _bootstrap_inputs(recipe, found))
    except OSError as error:
        raise source.SourceError(
            "the handler's folder cannot be read", received=error, change="correct the permissions"
        ) from error


def _bootstrap_inputs(recipe: AnyRecipe, found: Interpreter | None) -> object:
    """What the bootstrap depends on beyond files: nothing where it is the launcher."""
    if isinstance(recipe, OnLayerRecipe):
        return _fingerprint(recipe.layer, found)
    if (recipe.start if found is None else starts.start_of(recipe, found)) == Start.PORTABLE:
        return None
    variables = lambda_environment.at_build_time(recipe)
    return [recipe.initialize_at_build_time, recipe.preload, sorted(variables.items())]


def _make(
    recipe: AnyRecipe, found: Interpreter, layer: Artifact | None, folder: Path, report: Report
) -> None:
    root, own = folder / ROOT, folder / OWN
    own.mkdir()
    root.mkdir()
    stages_ = _stages(recipe, found, layer, report)
    for stage in stages_:
        cache.link_tree(stage.root, root)
    if not isinstance(recipe, LayerRecipe):
        report(f"adding the handler's files from {recipe.source}")
        _stage_source(recipe.source, own, found)
        cache.link_tree(own, root)
    if isinstance(recipe, OnLayerRecipe):
        on_layer.check_names(recipe.name, root, layer.snapshot if layer else None)
    else:
        _add_bootstrap(recipe, found, root, own, report, below=stages_[-1].folder.name)
    unzipped = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    (folder / "sizes.json").write_text(json.dumps({"unzipped_bytes": unzipped}))


def _zip(
    recipe: AnyRecipe,
    found: Interpreter | None,
    layer: Artifact | None,
    folder: Path,
    *,
    output: Path,
    report: Report,
) -> None:
    """Zips an artifact of the cache; of one that was built in a container the stages are in there."""
    report("zipping")
    stages_ = [] if found is None else _stages(recipe, found, layer, report)
    if found is None:
        archive.add(folder / ROOT, output)
    else:
        archive.add(folder / OWN, output, below=stages_[-1].archive if stages_ else None)


def _stages(recipe: AnyRecipe, found: Interpreter, layer: Artifact | None, report: Report) -> list[Stage]:
    """The stages that the artifact begins with; a layer's files lie elsewhere and are none of them."""
    requirements = source.requirements_of(recipe)
    base = (
        stages.base(found, recipe.place, report)
        if layer is None
        else Stage(layer.root.parent, inside.LAYER_ROOT)
    )
    own = [base] if layer is None else []
    if requirements is not None:
        own.append(stages.packages(requirements, base, found, recipe.place, report))
    return own


def _add_bootstrap(
    recipe: RuntimeRecipe, found: Interpreter, root: Path, own: Path, report: Report, *, below: str
) -> None:
    """Puts what Lambda starts into the root, and into the folder of what this artifact adds to the stages."""
    if starts.start_of(recipe, found) == Start.PORTABLE:
        shutil.copy(root / HOME / "bin" / "portable", root / "bootstrap")
    else:
        report("initialising at build time")
        described = snapshot.make(recipe, found, root, below=below)
        (root / snapshot.REPORT).write_text(json.dumps(described))
        cache.link_file(root / snapshot.REPORT, own / snapshot.REPORT)
    cache.link_file(root / "bootstrap", own / "bootstrap")


def _stage_source(folder: Path, staged: Path, found: Interpreter) -> None:
    source.copy(folder, staged)
    interpreter.compile_all(staged, shown_as=inside.TASK_ROOT, interpreter=found)
