"""Who may import whom: app -> stacks -> constructs_lib -> constructs_lib.bundling, and nothing upwards."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CDK = {"aws_cdk", "constructs", "jsii"}
OPERATOR = {"boto3", "botocore", "click", "rich"}

# Each layer with the project's layers it may import, and what else it must do without. The longest name counts.
LAYERS = {
    "constructs_lib.bundling": (set(), CDK | OPERATOR),
    "constructs_lib": ({"constructs_lib.bundling"}, OPERATOR),
    "stacks": ({"constructs_lib", "constructs_lib.bundling"}, OPERATOR),
    "app": ({"stacks", "constructs_lib", "constructs_lib.bundling"}, OPERATOR),
    "thaw_cli": ({"stacks", "constructs_lib", "constructs_lib.bundling", "thaw_runtime"}, set()),
    "thaw_runtime": (set(), set()),
    "snapshot_build": ({"thaw_runtime"}, set()),
    "functions": ({"thaw_runtime"}, CDK),
    "docs.tools": ({"app", "constructs_lib", "constructs_lib.bundling", "thaw_cli"}, set()),
}
# The rooms of ``constructs_lib``, each of which may import those before it.
ROOMS = (
    "permissions",
    "network",
    "configuration",
    "functions",
    "triggers",
    "releases",
    "watching",
    "checks",
)
PLACES = {
    "thaw_runtime": "lambda_src/thaw_runtime",
    "snapshot_build": "lambda_src/snapshot_build",
    "functions": "lambda_src/functions",
    "app": "app.py",
}


def layer_of(module: str) -> str | None:
    """The layer a module belongs to; ``None`` for what is not the project's."""
    inside = [layer for layer in LAYERS if f"{module}.".startswith(f"{layer}.")]
    return max(inside, key=len, default=None)


def sources(layer: str) -> Iterator[tuple[Path, str]]:
    """The files of a layer with the names their modules have."""
    place = ROOT / PLACES.get(layer, layer.replace(".", "/"))
    for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
        base = place.parents[len(layer.split(".")) - 1]
        module = ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")
        if layer_of(module) == layer:
            yield path, module


def imported(path: Path, module: str) -> Iterator[str]:
    """The full names of the modules that a file imports, wherever in the file."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*parents, *filter(None, [node.module])])
            # ``from package import module`` imports the module.
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def offences(layer: str) -> list[str]:
    allowed, unwanted = LAYERS[layer]
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path, module in sources(layer)
        for name in imported(path, module)
        if layer_of(name) not in {None, layer} | allowed or name.split(".")[0] in unwanted
    ]


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_what_lies_below_it(layer: str) -> None:
    assert list(sources(layer)), f"no files found for {layer}"
    assert offences(layer) == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_of_the_library_imports_no_later_one(room: str) -> None:
    later = ROOMS[ROOMS.index(room) + 1 :]
    names = {
        name
        for path, module in sources("constructs_lib")
        if module.startswith(f"constructs_lib.{room}")
        for name in imported(path, module)
    }
    assert names
    assert {name for name in names if name.split(".")[1:2] and name.split(".")[1] in later} == set()


def test_every_folder_of_the_library_is_a_room_or_the_bundling() -> None:
    folders = {path.parent.name for path in (ROOT / "constructs_lib").glob("*/__init__.py")}
    assert folders == {*ROOMS, "bundling"}


@pytest.mark.parametrize("layer", ["thaw_runtime", "snapshot_build"])
def test_what_runs_in_a_task_root_imports_only_the_standard_library(layer: str) -> None:
    foreign = {
        name
        for path, module in sources(layer)
        for name in imported(path, module)
        if layer_of(name) not in PLACES and name.split(".")[0] not in sys.stdlib_module_names
    }
    assert foreign == set()


def test_only_the_application_reads_the_context() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for layer in ("stacks", "constructs_lib", "app")
        for path, _ in sources(layer)
        if "get_context" in path.read_text()
    ]
    assert readers == ["app.py"]


def test_the_direction_is_checked_in_relative_imports_too(tmp_path: Path) -> None:
    path = tmp_path / "cache.py"
    path.write_text("from ..errors import ConstructError\nfrom . import limits\n")
    assert list(imported(path, "constructs_lib.bundling.cache")) == [
        "constructs_lib.errors.ConstructError",
        "constructs_lib.bundling.limits",
    ]


def test_importing_bundling_does_not_load_the_cdk() -> None:
    code = "import sys, constructs_lib.bundling; print(sorted({'aws_cdk', 'jsii', 'constructs'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
