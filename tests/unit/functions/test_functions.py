"""What holds for every function's folder."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from task_root import FUNCTIONS, ROOT

NAMES = [folder.name for folder in sorted(FUNCTIONS.iterdir()) if (folder / "handler.py").is_file()]
LOCKED = [name for name in NAMES if (FUNCTIONS / name / "requirements.in").is_file()]


@pytest.mark.parametrize("function", NAMES)
def test_a_function_is_strictly_typed(function: str) -> None:
    """Folder by folder, because each is a task root: its modules are top level, and each has a ``handler``."""
    cache = ROOT / ".mypy_cache" / "functions" / function
    options = ["--strict", "--python-version=3.11", "--explicit-package-bases", "--config-file="]
    result = subprocess.run(
        [sys.executable, "-m", "mypy", *options, f"--cache-dir={cache}", "."],
        cwd=FUNCTIONS / function,
        env={**os.environ, "MYPYPATH": str(ROOT / "lambda_src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("function", LOCKED)
def test_a_lock_has_hashes_and_no_address(function: str) -> None:
    lock = (FUNCTIONS / function / "requirements.txt").read_text()
    pins = [line for line in lock.splitlines() if "==" in line]
    assert all(line.endswith("\\") for line in pins)
    assert "://" not in lock


@pytest.mark.parametrize("function", LOCKED)
def test_a_lock_has_everything_that_is_required(function: str) -> None:
    lock = (FUNCTIONS / function / "requirements.txt").read_text()
    required = (FUNCTIONS / function / "requirements.in").read_text().split()
    assert all(f"\n{requirement.replace('[binary]', '')} " in lock for requirement in required)


@pytest.mark.parametrize("function", NAMES)
def test_a_function_imports_nothing_but_its_own_and_what_it_requires(function: str) -> None:
    folder = FUNCTIONS / function
    pins = (folder / "requirements.in").read_text().split() if function in LOCKED else []
    required = {pin.partition("==")[0].partition("[")[0] for pin in pins}
    own = {file.stem for file in folder.glob("*.py")}
    allowed = own | required | {"botocore", "thaw_runtime"} | sys.stdlib_module_names
    assert {module for file in folder.glob("*.py") for module in imported(file)} <= allowed


def imported(file: Path) -> set[str]:
    """The top-level names of the modules that a file imports."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    whole = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.partition(".")[0] for name in whole | parts}


@pytest.mark.parametrize("function", NAMES)
def test_no_module_of_a_function_hides_one_of_the_standard_library(function: str) -> None:
    own = {file.stem for file in (FUNCTIONS / function).glob("*.py")}
    assert not own & sys.stdlib_module_names
