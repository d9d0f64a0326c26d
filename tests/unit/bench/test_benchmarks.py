"""The programs that measure, which no other test starts."""

import importlib

import pytest

from tests.synthesis import ROOT

MODULES = sorted(path.stem for path in (ROOT / "tests" / "benchmarks").glob("[a-z]*.py"))


@pytest.mark.parametrize("module", MODULES)
def test_what_a_benchmark_imports_is_there(module: str) -> None:
    importlib.import_module(f"tests.benchmarks.{module}")
