"""Every supported CPython on this machine can be bundled and runs; the one of these tests does in all of them."""

import os
import sys
from pathlib import Path

import pytest
from runtime_api import Environment, RuntimeApi

from tests import builds

PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
PYTHONS = {
    executable.name: executable
    for executable in sorted(PYENV.glob("versions/3.1[1234]*/bin/python3.1[1234]"))
    if executable.name != f"python3.{sys.version_info.minor}"
}


@pytest.mark.skipif(not PYTHONS, reason="no other CPython of pyenv")
@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS.keys())
def test_a_function_runs_on_it(python: Path, api: RuntimeApi, tmp_path: Path) -> None:
    code = "import sys, ssl, sqlite3, ctypes\ndef handle(event, context): return sys.version.split()[0]\n"
    artifact = builds.built(builds.function(tmp_path / "hello", handler=code), python=python)
    variables = {"AWS_LAMBDA_RUNTIME_API": api.address, "_HANDLER": "handler.handle"}
    with Environment([artifact.root / "bootstrap"], variables, tmp_path):
        assert api.invoke().body.decode().strip('"').startswith(python.name.removeprefix("python") + ".")
