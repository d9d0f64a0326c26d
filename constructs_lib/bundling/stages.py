"""What artifacts are made of, each made once: the interpreter with the runtime, and dependencies.

A stage is a folder of the cache with its own files, and a zip of them and of all stages below it.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from constructs_lib.bundling import (
    archive,
    bytecode,
    cache,
    dependencies,
    fingerprinting,
    interpreter,
    libraries,
    native,
    runtime_sources,
)
from constructs_lib.bundling.inside import TASK_ROOT
from constructs_lib.bundling.interpreter import Interpreter

HOME = "thaw"
ROOT = "root"
ARCHIVE = "function.zip"

Report = Callable[[str], None]


def library_folders(place: str) -> list[str]:
    """Where an artifact at a place looks for libraries: in its own; in a layer then in that of a function's dependencies."""
    return [f"{each}/{HOME}/lib" for each in dict.fromkeys((place, TASK_ROOT))]


@dataclass(frozen=True)
class Stage:
    """A folder of the cache.

    Attributes:
        folder: the cached one.
        place: where its root will lie on Lambda.
    """

    folder: Path
    place: str

    @property
    def root(self) -> Path:
        """Its files, as they lie at ``place``."""
        return self.folder / ROOT

    @property
    def archive(self) -> Path:
        """The zip."""
        return self.folder / ARCHIVE


def base(found: Interpreter, place: str, report: Report) -> Stage:
    """The interpreter, the runtime and the launcher."""
    folder, _ = cache.get_or_make(
        "interpreters",
        fingerprinting.of_values(found.digest(), fingerprinting.of_tool(), place),
        lambda scratch: _make_base(found, Stage(scratch, place), report),
    )
    return Stage(folder, place)


def packages(requirements: Path, below: Stage, found: Interpreter, place: str, report: Report) -> Stage:
    """What requirements ask for and ``below`` does not have: packages, and the libraries that they need.

    Args:
        requirements: a pip requirements file.
        below: a base; or a layer, which lies at another place and is therefore no part of the zip.
        found: the interpreter to install for.
        place: where the files will lie on Lambda.
        report: told each step.
    """
    folder, _ = cache.get_or_make(
        "packages",
        fingerprinting.of_values(
            fingerprinting.of_requirements(dependencies.files(requirements), found.digest()),
            place,
            below.folder.name,
        ),
        lambda scratch: _make_packages(requirements, below, found, Stage(scratch, place), report),
    )
    return Stage(folder, place)


def _make_base(found: Interpreter, stage: Stage, report: Report) -> None:
    home = stage.root / HOME
    report(f"bundling CPython {found.version} for {found.architecture}")
    interpreter.copy(found, home)
    standard_library = home / "lib" / f"python{found.version}"
    code_alone = shutil.ignore_patterns("__pycache__", "py.typed", "*.pyi")
    for package in runtime_sources.BUNDLED:
        shutil.copytree(package, standard_library / package.name, ignore=code_alone)
    native.compile_accelerator(
        standard_library / "thaw_runtime" / "_accelerator.abi3.so", architecture=found.architecture
    )
    closure = libraries.Closure(found, home / "lib")
    closure.collect_loader()
    closure.collect([home / "bin" / f"python{found.version}"])
    for unserved in closure.collect(libraries.elf_files(standard_library), optional=True):
        unserved.unlink()
    report("compiling the standard library to bytecode")
    bytecode.replace_sources(home, shown_as=f"{stage.place}/{HOME}", interpreter=found)
    _add_launcher(found, stage)
    report("zipping")
    archive.add(stage.root, stage.archive)


def _add_launcher(found: Interpreter, stage: Stage) -> None:
    launcher = stage.root / HOME / "bin" / "portable"
    native.compile_launcher(
        launcher,
        architecture=found.architecture,
        loader=Path(found.loader).name,
        interpreter=f"python{found.version}",
        more_libraries=library_folders(stage.place)[1:],
    )
    shutil.copy(launcher, launcher.with_name("python3"))


def _make_packages(
    requirements: Path, below: Stage, found: Interpreter, stage: Stage, report: Report
) -> None:
    home, present = stage.root / HOME, below.root / HOME
    folder = home / "packages"
    report(f"installing {requirements}")
    home.mkdir(parents=True)
    dependencies.install(requirements, folder, found, present=present / "packages")
    closure = libraries.Closure(found, home / "lib")
    closure.assume({path.name for path in (present / "lib").iterdir()})
    closure.collect(libraries.elf_files(folder))
    report("compiling the dependencies to bytecode")
    folder.mkdir(exist_ok=True)
    interpreter.compile_all(folder, shown_as=f"{stage.place}/{HOME}/packages", interpreter=found)
    report("zipping")
    archive.add(stage.root, stage.archive, below=below.archive if below.place == stage.place else None)
