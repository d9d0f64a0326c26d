"""Measures inside task roots: one long-lived process per folder that is ``/var/task`` to it and to what it starts.

An artifact is measured where Lambda mounts it. Entering such a root costs more than a start, so it happens once, before
anything is measured. The process runs on a copy of an interpreter that no case uses, so that none of the files of a case
are held in memory for its sake.
"""

import json
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

import thaw_cli
from constructs_lib.bundling import Architecture, inside, interpreter, libraries, runtime_api
from thaw_cli import tools
from thaw_cli.bench.measure import Case, Run
from thaw_cli.local.image_emulator import entering

MOUNT_POINT = Path(inside.TASK_ROOT)
SCRATCH = Path("/tmp")  # noqa: S108 - where a task root shows the scratch folder
AWSLAMBDARIC_FOLDER = SCRATCH / "awslambdaric"
_LIBRARIES = SCRATCH / "libraries"
# What awslambdaric's extension needs besides what an interpreter brings along. The loader of an artifact looks for libraries in
# the artifact alone, unless it is told to load some beforehand.
AWSLAMBDARIC_VARIABLES = {
    "LD_PRELOAD": ":".join(str(_LIBRARIES / name) for name in ("libstdc++.so.6", "libpthread.so.0"))
}
# Where a scratch folder has this package and whatever else an attendant imports.
MEASURING = "measuring"
_ATTENDANT = "thaw_cli.bench.attendant"
_CODE = "import sys; sys.path.insert(0, '{}'); from {} import serve; serve()"


class StationError(Exception):
    """A measurement inside a task root failed; the message is what was said there."""


def equip(scratch: Path, artifact_root: Path) -> None:
    """Fills a scratch folder with what measuring needs inside: interpreter, this package, awslambdaric with its bytecode.

    Args:
        scratch: an empty folder; every station may use the same one.
        artifact_root: a portable artifact, whose interpreter is copied.

    Raises:
        ToolUnavailableError: awslambdaric cannot be installed.
    """
    own = Path(thaw_cli.__file__).parent
    shutil.copytree(artifact_root / "thaw", scratch / "python" / "thaw")
    shutil.copytree(own / "bench", scratch / MEASURING / own.name / "bench")
    shutil.copy(own / "__init__.py", scratch / MEASURING / own.name)
    # The one module of bundling that measuring needs, in folders without the __init__.py that would import all of it.
    emulated = scratch / MEASURING / Path(*runtime_api.__name__.split(".")).parent
    emulated.mkdir(parents=True)
    shutil.copy(runtime_api.__file__, emulated)
    client = shutil.copytree(tools.install("awslambdaric"), scratch / AWSLAMBDARIC_FOLDER.name)
    closure = libraries.Closure(interpreter.find(None, Architecture.X86_64), scratch / _LIBRARIES.name)
    closure.assume({path.name for path in (artifact_root / "thaw" / "lib").iterdir()})
    closure.collect(libraries.elf_files(client))


class Station:
    """A process that starts cases where ``root`` is ``/var/task``; a context manager.

    Args:
        root: a task root, seen read-only.
        scratch: an equipped folder, seen as ``/tmp``.
        layer: the root of a layer, seen read-only as ``/opt``. Default: none.
        attendant: the module whose ``serve`` is the process; it is found in ``MEASURING`` in the scratch folder.
    """

    def __init__(
        self, root: Path, scratch: Path, layer: Path | None = None, *, attendant: str = _ATTENDANT
    ) -> None:
        self._start(root, inside.command("start", root, scratch, layer=layer), SCRATCH, attendant)

    def _start(
        self, root: Path, entering: Sequence[str], equipment: Path, attendant: str = _ATTENDANT
    ) -> None:
        """Starts the process; ``equipment`` is the scratch folder as it is seen inside."""
        self.root = root
        command: list[str | Path] = [
            *entering,
            *(equipment / "python/thaw/bin/python3", "-I", "-S", "-c"),
            _CODE.format(equipment / MEASURING, attendant),
        ]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()  # the end of its input is the end of the process

    def run(self, case: Case, *, invocations: int = 1) -> Run:
        """Starts an environment of a case, serves so many invocations, and ends it.

        Raises:
            StationError: the runtime reported an error, or the folder cannot be entered.
        """
        answer = self._ask({"case": _portable(case), "invocations": invocations})
        if "error" in answer:
            raise StationError(f"{case.name}: {answer['error']}")
        return Run(**answer)

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        requests, answers = cast("IO[str]", self._process.stdin), cast("IO[str]", self._process.stdout)
        with suppress(BrokenPipeError):  # where it has ended, there will be no answer
            print(json.dumps(request), file=requests, flush=True)
        if not (line := answers.readline()):
            raise StationError(f"{self.root} cannot be entered; stderr has the reason")
        answer: dict[str, Any] = json.loads(line)
        return answer


class ImageStation(Station):
    """The same where an image's files are the root.

    Args:
        root: the image's files, and an equipped folder among them.
        equipment: that folder, seen from within the image.
    """

    def __init__(self, root: Path, equipment: Path) -> None:
        self._start(root, entering(root, inside.TASK_ROOT), equipment)


def _portable(case: Case) -> dict[str, Any]:
    return {
        **asdict(case),
        "command": [str(part) for part in case.command],
        "folder": str(case.folder),
    }
