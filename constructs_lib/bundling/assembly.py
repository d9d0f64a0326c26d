"""From a recipe to an artifact.

    task root/
      bootstrap            the launcher, static; or the image of a snapshot
      <the handler's files>
      thaw/bin/python3     the launcher again: sys.executable
      thaw/bin/portable    the launcher again: what a snapshot falls back on
      thaw/bin/python3.N   the interpreter
      thaw/lib/            the loader, shared libraries, python3.N/ with the standard library and thaw_runtime
      thaw/packages/       the handler's dependencies

Three layers are cached, from what changes seldom to what changes often: interpreter, dependencies, artifact. The zip of
each begins with the zip of the one below, so that a changed handler costs the compression of its own files alone.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from constructs_lib.bundling import (
    archive,
    bytecode,
    cache,
    checks,
    container,
    dependencies,
    fingerprinting,
    inside,
    interpreter,
    lambda_environment,
    libraries,
    native,
    runtime_sources,
    snapshot,
    source,
    starts,
)
from constructs_lib.bundling.artifact import Artifact
from constructs_lib.bundling.interpreter import Interpreter
from constructs_lib.bundling.recipe import Recipe, Start

HOME = "thaw"
# In the cached folder of each layer: the layer's own files, and the zip of them and all layers below.
ROOT = "root"
ARCHIVE = "function.zip"

Report = Callable[[str], None]


def fingerprint(recipe: Recipe) -> str:
    """64 hexadecimal digits over every input of a build; no build step runs.

    Raises:
        BundlingError: the recipe names something that is not there.
    """
    return _fingerprint(recipe, _interpreter(recipe))


def build(recipe: Recipe, *, report: Report | None = None) -> Artifact:
    """Makes a task root and its zip, or finds them in the cache.

    Args:
        recipe: what to build.
        report: told each step that really runs, as a short sentence.

    Raises:
        BundlingError: something of the recipe is missing, does not fit, or is over one of Lambda's limits.
    """
    report = report or (lambda _step: None)
    found = _interpreter(recipe)
    key = _fingerprint(recipe, found)

    def make(scratch: Path) -> None:
        if found is None:
            container.make(recipe, scratch, report)
        else:
            _make(recipe, found, scratch, report)

    folder, reused = cache.get_or_make("artifacts", key, make)
    described = folder / ROOT / snapshot.REPORT
    artifact = Artifact(
        snapshot=json.loads(described.read_text()) if described.exists() else None,
        root=folder / ROOT,
        archive=folder / ARCHIVE,
        fingerprint=key,
        reused=reused,
        zip_bytes=(folder / ARCHIVE).stat().st_size,
        unzipped_bytes=json.loads((folder / "sizes.json").read_text())["unzipped_bytes"],
    )
    checks.check_bootstrap(recipe.source.name, artifact.root, recipe.architecture)
    checks.check_sizes(recipe.source.name, artifact)
    return artifact


def _interpreter(recipe: Recipe) -> Interpreter | None:
    """The interpreter to bundle; None where it is in a container."""
    return None if recipe.builder else interpreter.find(recipe.python, recipe.architecture)


def _fingerprint(recipe: Recipe, found: Interpreter | None) -> str:
    source.check(recipe)
    requirements = source.requirements_of(recipe)
    files = [] if requirements is None else dependencies.files(requirements)
    try:
        digest = fingerprinting.of_values(container.inputs(recipe)) if found is None else found.digest()
        return fingerprinting.of_recipe(recipe, files, digest, _snapshot_inputs(recipe, found))
    except OSError as error:
        raise source.SourceError(
            "the handler's folder cannot be read", received=error, change="correct the permissions"
        ) from error


def _snapshot_inputs(recipe: Recipe, found: Interpreter | None) -> list[object] | None:
    if (recipe.start if found is None else starts.start_of(recipe, found)) == Start.PORTABLE:
        return None
    variables = lambda_environment.at_build_time(recipe)
    return [recipe.initialize_at_build_time, recipe.preload, sorted(variables.items())]


def _make(recipe: Recipe, found: Interpreter, folder: Path, report: Report) -> None:
    root = folder / ROOT
    top, _ = cache.get_or_make(
        "interpreters",
        fingerprinting.of_values(found.digest(), fingerprinting.of_tool()),
        lambda scratch: _make_base(found, scratch, report),
    )
    cache.link_tree(top / ROOT, root)
    if (requirements := source.requirements_of(recipe)) is not None:
        base = top
        top, _ = cache.get_or_make(
            "packages",
            fingerprinting.of_requirements(dependencies.files(requirements), found.digest()),
            lambda scratch: _make_packages(requirements, base, found, scratch, report),
        )
        cache.link_tree(top / ROOT, root)
    report(f"adding the handler's files from {recipe.source}")
    own = folder / "own"
    _stage_source(recipe.source, own, found)
    shutil.copytree(own, root, dirs_exist_ok=True)
    _add_bootstrap(recipe, found, root, own, report)
    report("zipping")
    archive.add(own, folder / ARCHIVE, below=top / ARCHIVE)
    shutil.rmtree(own)
    unzipped = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    (folder / "sizes.json").write_text(json.dumps({"unzipped_bytes": unzipped}))


def _add_bootstrap(recipe: Recipe, found: Interpreter, root: Path, own: Path, report: Report) -> None:
    """Puts what Lambda starts into the task root, and into the folder of what this artifact adds to the layers."""
    if starts.start_of(recipe, found) == Start.PORTABLE:
        shutil.copy(root / HOME / "bin" / "portable", root / "bootstrap")
    else:
        report("initialising at build time")
        described = snapshot.make(recipe, found, root)
        (root / snapshot.REPORT).write_text(json.dumps(described))
        (own / HOME).mkdir()
        shutil.copy(root / snapshot.REPORT, own / snapshot.REPORT)
    shutil.copy(root / "bootstrap", own / "bootstrap")


def _make_base(found: Interpreter, folder: Path, report: Report) -> None:
    home = folder / ROOT / HOME
    report(f"bundling CPython {found.version} for {found.architecture}")
    interpreter.copy(found, home)
    standard_library = home / "lib" / f"python{found.version}"
    code_alone = shutil.ignore_patterns("__pycache__", "py.typed")
    for package in runtime_sources.BUNDLED:
        shutil.copytree(package, standard_library / package.name, ignore=code_alone)
    closure = libraries.Closure(found, home / "lib")
    closure.collect_loader()
    closure.collect([home / "bin" / f"python{found.version}"])
    for unserved in closure.collect(libraries.elf_files(standard_library), optional=True):
        unserved.unlink()
    report("compiling the standard library to bytecode")
    bytecode.replace_sources(home, shown_as=f"{inside.TASK_ROOT}/{HOME}", interpreter=found)
    _add_launcher(found, folder / ROOT)
    report("zipping")
    archive.add(folder / ROOT, folder / ARCHIVE)


def _add_launcher(found: Interpreter, root: Path) -> None:
    launcher = root / HOME / "bin" / "portable"
    native.compile_launcher(
        launcher,
        architecture=found.architecture,
        loader=Path(found.loader).name,
        interpreter=f"python{found.version}",
    )
    shutil.copy(launcher, launcher.with_name("python3"))


def _make_packages(requirements: Path, base: Path, found: Interpreter, folder: Path, report: Report) -> None:
    home = folder / ROOT / HOME
    packages = home / "packages"
    report(f"installing {requirements}")
    dependencies.install(requirements, packages, found)
    closure = libraries.Closure(found, home / "lib")
    closure.assume({path.name for path in (base / ROOT / HOME / "lib").iterdir()})
    closure.collect(libraries.elf_files(packages))
    report("compiling the dependencies to bytecode")
    interpreter.compile_all(packages, shown_as=f"{inside.TASK_ROOT}/{HOME}/packages", interpreter=found)
    report("zipping")
    archive.add(folder / ROOT, folder / ARCHIVE, below=base / ARCHIVE)


def _stage_source(folder: Path, staged: Path, found: Interpreter) -> None:
    source.copy(folder, staged)
    interpreter.compile_all(staged, shown_as=inside.TASK_ROOT, interpreter=found)
