"""The wheel is all that somebody else's application needs, and nothing besides."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_string
from pathlib import Path

import pytest

from tests.library.installing import ROOT, Environment

# Where a folder of the project lies in the wheel.
PLACES = {
    "constructs_lib": "constructs_lib",
    "thaw_cli": "thaw_cli",
    "lambda_src/thaw_runtime": "thaw_runtime",
    "lambda_src/native": "constructs_lib/_lambda_src/native",
    "lambda_src/snapshot_build": "constructs_lib/_lambda_src/snapshot_build",
    "lambda_src/snapshot_restore_py": "constructs_lib/_lambda_src/snapshot_restore_py",
}
TYPED = ("constructs_lib", "thaw_cli", "thaw_runtime")
CONTEXT = json.loads((ROOT / "cdk.json").read_text())["context"]
FLAGS = {
    "flags on": {name: value for name, value in CONTEXT.items() if name != "environments"},
    "flags off": {},
}
# The CDK's own types take minutes to read; `make test-library` reads them.
OURS_ALONE = "[mypy]\nstrict = true\n[mypy-aws_cdk.*,constructs.*,jsii.*]\nfollow_imports = skip\n"

WRONGLY_TYPED = """
from pathlib import Path
import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from constructs_lib import CustomRuntimeFunction, SnsTrigger
stack = cdk.Stack()
CustomRuntimeFunction(stack, "One", source=Path("f"), handler=3)
CustomRuntimeFunction(stack, "Two", source=Path("f"), handler="f.f", memory_size="1")
SnsTrigger(stack, "Three", topic=sns.Topic(stack, "Topic"))
"""


@pytest.fixture(scope="module")
def content(wheel: Path) -> dict[str, str]:
    """The names in the wheel with the texts of its metadata."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            name: archive.read(name).decode() if ".dist-info/" in name else "" for name in archive.namelist()
        }


@pytest.fixture(scope="module")
def assemblies(installed: Environment, foreign: Path) -> dict[str, Path]:
    """The cloud assemblies of the foreign application with the recommended flags and with none, made side by side."""

    def synthesise(name: str) -> Path:
        folder = foreign / name.replace(" ", "-")
        settings = {"CDK_CONTEXT_JSON": json.dumps(FLAGS[name]), "CDK_OUTDIR": str(folder)}
        installed.run("app.py", folder=foreign, CDK_VALIDATION="false", **settings)
        return folder

    with ThreadPoolExecutor() as pool:
        return dict(zip(FLAGS, pool.map(synthesise, FLAGS), strict=True))


def sources(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder)


def test_the_wheel_has_the_library_the_command_and_what_runs_in_lambda_and_nothing_else(
    content: dict[str, str],
) -> None:
    expected = {f"{place}/{path}" for folder, place in PLACES.items() for path in sources(ROOT / folder)}
    assert {name for name in content if ".dist-info/" not in name} == expected


@pytest.mark.parametrize("package", TYPED)
def test_a_package_says_that_it_is_typed(content: dict[str, str], package: str) -> None:
    assert f"{package}/py.typed" in content


def test_the_metadata_says_what_who_installs_it_wants_to_know(content: dict[str, str]) -> None:
    [metadata] = [message_from_string(text) for name, text in content.items() if name.endswith("/METADATA")]
    assert metadata["Name"] == "lambda-thaw"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata["Summary"]


def test_the_license_is_in_the_wheel(content: dict[str, str]) -> None:
    assert any(text.strip().startswith("Apache License") for text in content.values())


def test_the_installed_command_answers(installed: Environment, tmp_path: Path) -> None:
    assert "doctor" in installed.run("-m", "thaw_cli", "--help", folder=tmp_path).stdout


def test_what_is_imported_is_what_was_installed(installed: Environment, foreign: Path) -> None:
    code = "import constructs_lib, thaw_runtime; print(constructs_lib.__file__, thaw_runtime.__file__)"
    for file in installed.run("-c", code, folder=foreign).stdout.split():
        assert Path(file).is_relative_to(installed.folder)


@pytest.mark.parametrize("flags", FLAGS)
def test_a_foreign_application_synthesises_with_its_functions_built(
    assemblies: dict[str, Path], flags: str
) -> None:
    template = json.loads((assemblies[flags] / "Foreign.template.json").read_text())
    kinds = {resource["Type"] for resource in template["Resources"].values()}
    assert {"AWS::Lambda::Function", "AWS::Events::Rule", "AWS::SNS::Subscription"} <= kinds
    [archive] = assemblies[flags].glob("asset.*.zip")
    with zipfile.ZipFile(archive) as built:
        assert {"bootstrap", "hello.py"} <= set(built.namelist())


def test_a_type_checker_sees_the_librarys_types(installed: Environment, tmp_path: Path) -> None:
    (tmp_path / "mypy.ini").write_text(OURS_ALONE)
    (tmp_path / "app.py").write_text(WRONGLY_TYPED)
    command = [sys.executable, "-m", "mypy", "--python-executable", str(installed.python), "app.py"]
    said = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True).stdout
    assert 'Argument "handler" to "CustomRuntimeFunction" has incompatible type "int"' in said
    assert 'Argument "memory_size" to "CustomRuntimeFunction" has incompatible type "str"' in said
    assert 'Missing named argument "function" for "SnsTrigger"' in said
    assert "Found 3 errors" in said
