"""Turns the bundled standard library into bytecode without sources: a sixth of the zip, and fewer files to look for."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from constructs_lib.bundling.interpreter import Interpreter, InterpreterError, compiler

SCRIPT = Path(__file__).with_name("bytecode_only.py")


def replace_sources(folder: Path, *, shown_as: str, interpreter: Interpreter) -> None:
    """Puts ``name.pyc`` in the place of every ``name.py`` below a folder, with as many processes as there are cores.

    The same sources give the same bytes, however many take part. A file that does not compile stays a source file.

    Raises:
        InterpreterError: no Python of the same version can run here.
    """
    # A core that gets the large files one after the other is not the last to end.
    sources = sorted(folder.rglob("*.py"), key=lambda path: (-path.stat().st_size, path))
    paths = [str(path.relative_to(folder)) for path in sources]
    command = [
        str(compiler(interpreter)),
        *("-I", "-S", "-B", "-W", "ignore", str(SCRIPT), str(folder), shown_as),
    ]
    count = len(os.sched_getaffinity(0))
    shares = ["".join(f"{path}\0" for path in paths[first::count]) for first in range(count)]
    with ThreadPoolExecutor(count) as threads:
        results = threads.map(partial(_run, command), shares)
        failed = [words for words in results if words]
    if failed:
        raise InterpreterError(
            "the Python to bundle cannot compile the standard library",
            received=failed[0],
            change=f"check that {command[0]} runs, or pass another python= (--python)",
        )


def _run(command: list[str], share: str) -> str:
    """Compiles one share; what went wrong, or nothing."""
    done = subprocess.run(command, input=share, check=False, capture_output=True, text=True)
    return done.stderr.strip() or (f"it ended with {done.returncode}" if done.returncode else "")
