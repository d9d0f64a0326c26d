"""The standard library is bytecode without sources, and works as it did with them."""

import inspect
import marshal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from constructs_lib.bundling import Architecture, Artifact
from constructs_lib.bundling.bytecode import replace_sources
from constructs_lib.bundling.bytecode_only import compiled
from constructs_lib.bundling.interpreter import InterpreterError, find
from constructs_lib.bundling.native import compile_launcher

OWN = find(None, Architecture.X86_64)
MODULE = '''"""Of the module."""
x = 1
def plain():
    "Of a function."
    assert x == 1, "kept"
    return "Of a function."
if x:
    class Inner:
        """Of a class."""
        async def method(self):
            """Of a method."""
match x:
    case 1:
        def matched(): """Of a case."""
lambda_ = lambda: "a value"
'''


def executed(folder: Path, source: str) -> dict[str, object]:
    """The names of a module after its source has become bytecode."""
    (folder / "module.py").write_text(source)
    replace_sources(folder, shown_as="/var/task/lib", interpreter=OWN)
    code = "import module, sys; print(module.__file__, module.plain.__code__.co_filename)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(folder / "module.pyc"), "/var/task/lib/module.py"]
    names: dict[str, object] = {}
    exec(marshal.loads((folder / "module.pyc").read_bytes()[16:]), names)  # noqa: S102, S302 - just made
    return names


@pytest.fixture
def names(tmp_path: Path) -> dict[str, object]:
    return executed(tmp_path, MODULE)


def test_every_docstring_is_empty_and_still_text(names: dict[str, object]) -> None:
    inner = names["Inner"]
    documented = [names["plain"], inner, inspect.getattr_static(inner, "method"), names["matched"]]
    assert [names["__doc__"], *(item.__doc__ for item in documented)] == [""] * 5


def test_values_that_read_like_docstrings_stay(names: dict[str, object]) -> None:
    assert names["plain"]() == "Of a function."  # type: ignore[operator]
    assert names["lambda_"]() == "a value"  # type: ignore[operator]


def test_assertions_stay(names: dict[str, object]) -> None:
    names["x"] = 2
    with pytest.raises(AssertionError, match="kept"):
        names["plain"]()  # type: ignore[operator]


def test_a_file_that_does_not_compile_stays_a_source_file(tmp_path: Path) -> None:
    (tmp_path / "template.py").write_text("{{ name }} = $value\n")
    (tmp_path / "null.py").write_text("\0")
    (tmp_path / "sound.py").write_text("x = '\\d'\n")
    replace_sources(tmp_path, shown_as="/var/task", interpreter=OWN)
    assert {path.name for path in tmp_path.iterdir()} == {"template.py", "null.py", "sound.pyc"}


def test_what_the_process_did_before_changes_no_byte() -> None:
    first = compiled(MODULE.encode(), "module.py")
    exec(compile(MODULE, "module.py", "exec"), {"kept": compile(MODULE, "module.py", "exec")})  # noqa: S102
    assert compiled(MODULE.encode(), "module.py") == first


def test_an_interpreter_that_cannot_run_is_told_and_not_ignored(tmp_path: Path) -> None:
    compile_launcher(
        tmp_path / "python3", architecture=Architecture.X86_64, loader="no.so", interpreter="python3"
    )
    with pytest.raises(InterpreterError, match="cannot compile the standard library"):
        replace_sources(
            tmp_path, shown_as="/var/task", interpreter=replace(OWN, executable=tmp_path / "python3")
        )


def ran(artifact: Artifact, *arguments: str) -> str:
    python = artifact.root / "thaw" / "bin" / "python3"
    done = subprocess.run([python, "-I", "-S", *arguments], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "import dataclasses; print(dataclasses.make_dataclass('D', ['answer'])(42).answer)",
        "import collections; print(collections.namedtuple('N', 'answer')(42).answer)",
        "import importlib.metadata, importlib.resources; print(importlib.resources.files('json').is_dir() and 42)",
        "import inspect, json; print(len(inspect.signature(json.dumps).parameters) and 42)",
        "import traceback, linecache, sysconfig, platform, pdb, cmd, code, pydoc; print(42)",
        "import asyncio, concurrent.futures; print(asyncio.run(asyncio.sleep(0, 42)))",
        "import runpy; print(len(runpy.run_module('this')) and 42)",
    ],
)
def test_it_does_without_sources(artifact: Artifact, statement: str) -> None:
    assert ran(artifact, "-c", statement).splitlines()[-1] == "42"


def test_its_modules_can_be_executed(artifact: Artifact) -> None:
    assert ran(artifact, "-m", "json.tool", "/dev/null").strip().startswith("Expecting value")


def test_processes_can_be_spawned(artifact: Artifact, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import math, multiprocessing\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool: print(pool.map(math.sqrt, [1764]))\n"
    )
    assert ran(artifact, str(tmp_path / "program.py")) == "[42.0]\n"


def test_tracebacks_name_its_files_and_lines(artifact: Artifact) -> None:
    last = ran(artifact, "-c", "import json; json.loads('')")
    assert "thaw/lib/python" in last
    assert 'json/decoder.py", line ' in last
