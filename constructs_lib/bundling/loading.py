"""What the operating system must have to start a bootstrap: a loader and libraries, or a script's interpreter."""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from constructs_lib.bundling import elf
from constructs_lib.bundling.checks import BootstrapError, check_machine
from constructs_lib.bundling.inside import TASK_ROOT
from constructs_lib.bundling.limits import BASE_LIBRARIES, OPERATING_SYSTEMS, SHELLS, OperatingSystem
from constructs_lib.bundling.recipe import Architecture

LOADERS = {
    Architecture.X86_64: "/lib64/ld-linux-x86-64.so.2",
    Architecture.ARM64: "/lib/ld-linux-aarch64.so.1",
}
# Where Lambda's LD_LIBRARY_PATH looks in the task root, behind the operating system's own folders.
LIBRARY_FOLDERS = ("", "lib")
# A version without a number that a linker adds for compact relocations; glibc has it from 2.36 on.
_NAMED_VERSIONS = {"GLIBC_ABI_DT_RELR": "GLIBC_2.36"}
_STATIC = "link it statically (musl, or CGO_ENABLED=0 for Go, --static --libc=musl for a native image)"


class LoaderError(BootstrapError):
    """What is to load the bootstrap is not there: the loader of a dynamic program, the interpreter of a script."""

    id = "THAW022"


class LibraryVersionError(BootstrapError):
    """A program is linked for a newer C or C++ library than the operating system has."""

    id = "THAW023"


class AbsentLibraryError(BootstrapError):
    """A shared library is neither in the operating system nor in the task root."""

    id = "THAW024"


@dataclass(frozen=True, kw_only=True)
class TaskRoot:
    """The files of a function that has a bootstrap of its own, and where they will lie.

    Attributes:
        function: its name, for messages.
        files: by their paths relative to the task root, ``bootstrap`` among them.
        architecture: of the function.
        system: the operating system that starts it.
        has_layers: whether /opt holds something that is not known here.
    """

    function: str
    files: Mapping[str, Path]
    architecture: Architecture
    system: OperatingSystem
    has_layers: bool = False

    def holds(self, path: str) -> bool:
        """Whether an absolute path inside of a function is one of the files."""
        return path.removeprefix(f"{TASK_ROOT}/") in self.files and path.startswith(TASK_ROOT)


def check_loading(root: TaskRoot) -> list[str]:
    """Checks that the operating system can start the bootstrap.

    Returns:
        Sentences about what could not be known for certain.

    Raises:
        LoaderError: its loader, or a script's interpreter, is not there.
        LibraryVersionError: it, or a library beside it, needs a newer C or C++ library.
        AbsentLibraryError: a shared library is missing.
    """
    bootstrap = root.files["bootstrap"]
    facts = elf.read(bootstrap) if elf.is_elf(bootstrap) else None
    if facts is None:
        return _check_interpreter(root, bootstrap)
    # With a loader of its own it has a C library of its own too, and whatever else that loader finds.
    if facts.interpreter is None or root.holds(facts.interpreter):
        return []
    if facts.interpreter != LOADERS[root.architecture]:
        raise LoaderError(
            f"function {root.function!r}: its bootstrap cannot be loaded",
            received=f"a program for the loader {facts.interpreter}",
            allowed=f"{LOADERS[root.architecture]}, which {root.system} has, or a static program, which needs none",
            change=f"{_STATIC}, or link it for glibc",
        )
    return _check_libraries(root)


def _check_libraries(root: TaskRoot) -> list[str]:
    """Follows what the bootstrap needs from file to file of the task root."""
    unsure: list[str] = []
    waiting, seen = ["bootstrap"], set[str]()
    while waiting:
        name = waiting.pop()
        facts = elf.read(root.files[name])
        if name in seen or facts is None:
            continue
        seen.add(name)
        check_machine(root.function, root.files[name], facts.machine, root.architecture)
        _check_versions(root, name)
        for library in facts.needed:
            if library in BASE_LIBRARIES:
                continue
            if (found := _in_task_root(root, name, library, facts.search_path)) is not None:
                waiting.append(found)
            else:
                unsure.append(_elsewhere(root, name, library))
    return unsure


def _check_versions(root: TaskRoot, name: str) -> None:
    facts = OPERATING_SYSTEMS[root.system]
    versions = {_NAMED_VERSIONS.get(each, each) for each in elf.versions_needed(root.files[name]) or ()}
    for library, has in facts.symbols.items():
        numbers = [
            tuple(map(int, re.findall(r"\d+", each))) for each in versions if each.startswith(f"{library}_")
        ]
        if (needed := max(numbers, default=())) > has:
            raise LibraryVersionError(
                f"function {root.function!r}: {name} needs a newer {library} than {root.system} has",
                received=_version(library, needed),
                allowed=f"at most {_version(library, has)}",
                change=f"build it on {facts.system} or an older system, or {_STATIC}{_or_newer(root, library, needed)}",
            )


def _version(library: str, numbers: tuple[int, ...]) -> str:
    return f"{library}_{'.'.join(map(str, numbers))}"


def _or_newer(root: TaskRoot, library: str, needed: tuple[int, ...]) -> str:
    newest = OperatingSystem.PROVIDED_AL2023
    enough = root.system != newest and needed <= OPERATING_SYSTEMS[newest].symbols[library]
    return f", or leave runtime out to get {newest}" if enough else ""


def _elsewhere(root: TaskRoot, name: str, library: str) -> str:
    """Why a library that the task root has not may be there all the same."""
    if library in OPERATING_SYSTEMS[root.system].libraries:
        return f"{name} needs {library}, which today's {root.system} has and AWS does not promise: put a copy into lib/"
    if root.has_layers:
        return f"{name} needs {library}, which a layer has to bring in /opt/lib"
    raise AbsentLibraryError(
        f"function {root.function!r}: a shared library is missing",
        received=f"{name} needs {library}",
        allowed=f"what {root.system} has, and files at the top of the folder or in its lib/",
        change=f"give binary= a folder with bootstrap and lib/{library}, or {_STATIC}",
    )


def _in_task_root(root: TaskRoot, name: str, library: str, search_path: tuple[str, ...]) -> str | None:
    origin = posixpath.join(TASK_ROOT, posixpath.dirname(name))
    own = (folder.replace("${ORIGIN}", origin).replace("$ORIGIN", origin) for folder in search_path)
    for folder in (*own, *(posixpath.join(TASK_ROOT, each) for each in LIBRARY_FOLDERS)):
        path = posixpath.normpath(posixpath.join(folder, library))
        if root.holds(path):
            return path.removeprefix(f"{TASK_ROOT}/")
    return None


def _check_interpreter(root: TaskRoot, script: Path) -> list[str]:
    with script.open("rb") as file:
        words = file.readline(256).decode(errors="replace").removeprefix("#!").split()
    is_env = bool(words) and posixpath.basename(words[0]) == "env"
    program = (
        next((word for word in words[1:] if not word.startswith("-")), "") if is_env else "".join(words[:1])
    )
    if program in SHELLS or root.holds(program) or (is_env and f"/bin/{program}" in SHELLS):
        return []
    if root.has_layers and (is_env or program.startswith("/opt/")):
        return [f"bootstrap is a script for {program}, which a layer has to bring"]
    raise LoaderError(
        f"function {root.function!r}: its bootstrap is a script whose interpreter is not there",
        received="#!" + " ".join(words),
        allowed=f"{', '.join(SHELLS)}, or {TASK_ROOT}/NAME for a program in the folder",
        change=f"{root.system} has no {posixpath.basename(program) or 'such program'}: use a runtime that has one, or bring it "
        "in the folder or in a layer",
    )
