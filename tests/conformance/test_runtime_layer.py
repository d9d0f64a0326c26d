"""A runtime layer at /opt starts functions at /var/task that bring nothing but their own files and dependencies."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from initialised import PORTABLE
from runtime_api import Environment, RuntimeApi

from constructs_lib.bundling import LayerRecipe, OnLayerRecipe, Start, build, inside
from constructs_lib.bundling.on_layer import PreloadedNameError
from constructs_lib.bundling.recipe import Architecture
from constructs_lib.bundling.starts import obstacle
from tests import builds
from thaw_cli.local.emulator import Emulator

HAS_SIX = "six==1.16.0\n"
TELLS = """
import os, sys
def handle(event, context):
    names = {"event": event}
    exec(event, names)
    return names["result"]
"""
EXECUTABLE = "import os; result = os.readlink('/proc/self/exe')"
SIX = "import six; result = [six.__version__, six.__file__]"


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_CACHE", str(builds.shared_cache()))


@pytest.fixture(scope="module")
def requirements(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("shared") / "requirements.txt"
    file.write_text(HAS_SIX)
    return file


@pytest.fixture(params=list(Start))
def layer(request: pytest.FixtureRequest, requirements: Path) -> LayerRecipe:
    """A layer with six; every test that asks for it runs with each kind of start."""
    if request.param == Start.SNAPSHOT and (reason := obstacle(Architecture.X86_64)) is not None:
        pytest.skip(reason)
    return LayerRecipe(requirements=requirements, start=request.param)


@pytest.fixture
def portable(requirements: Path) -> LayerRecipe:
    return LayerRecipe(requirements=requirements, start=Start.PORTABLE)


@pytest.fixture
def snapshot(requirements: Path) -> LayerRecipe:
    if (reason := obstacle(Architecture.X86_64)) is not None:
        pytest.skip(reason)
    return LayerRecipe(requirements=requirements, start=Start.SNAPSHOT)


def on(layer: LayerRecipe, source: Path, *, handler: str = "handler.handle") -> OnLayerRecipe:
    return OnLayerRecipe(source=source, handler=handler, layer=layer)


def tells(folder: Path, requirements: str = "") -> Path:
    """A function that runs the code that it is sent."""
    source = builds.function(folder, handler=TELLS)
    if requirements:
        (source / "requirements.txt").write_text(requirements)
    return source


def invoked(recipe: OnLayerRecipe, event: Any, folder: Path, **variables: str) -> tuple[Any, str]:
    """What became of one event, and what was printed, by the function and its layer where Lambda has them."""
    with RuntimeApi() as api:
        variables = given(api, recipe.handler, **variables)
        with Environment(command_for(recipe, folder), variables, folder) as environment:
            body = json.loads(api.invoke(json.dumps(event).encode()).body)
    return body, "".join(environment.output())


def command_for(recipe: OnLayerRecipe, folder: Path) -> list[str]:
    function, layer = build(recipe), build(recipe.layer)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    return [*inside.command("start", function.root, scratch, layer=layer.root), "/opt/bootstrap"]


def given(api: RuntimeApi, handler: str, **variables: str) -> dict[str, str]:
    return {
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "LAMBDA_TASK_ROOT": "/var/task",
        "_HANDLER": handler,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        **variables,
    }


def test_a_handler_in_the_task_root_answers(layer: LayerRecipe, tmp_path: Path) -> None:
    assert invoked(on(layer, builds.function(tmp_path / "f")), {"a": 1}, tmp_path) == ({"a": 1}, "")


def test_two_functions_share_a_layer(layer: LayerRecipe, tmp_path: Path) -> None:
    other = builds.function(tmp_path / "g", handler="import six\ndef other(e, c): return six.__file__\n")
    assert invoked(on(layer, builds.function(tmp_path / "f")), 1, tmp_path) == (1, "")
    assert invoked(on(layer, other, handler="handler.other"), 1, tmp_path) == (
        "/opt/thaw/packages/six.py",
        "",
    )


def test_the_snapshot_of_a_layer_is_what_runs(snapshot: LayerRecipe, tmp_path: Path) -> None:
    assert invoked(on(snapshot, tells(tmp_path / "f")), EXECUTABLE, tmp_path) == ("/opt/bootstrap", "")


def test_a_layers_snapshot_holds_what_its_requirements_name(snapshot: LayerRecipe) -> None:
    described = build(snapshot).snapshot
    assert described is not None
    assert described["modules"]["six"] == "/opt/thaw/packages/six.py"


def test_a_layers_snapshot_holds_what_every_client_of_aws_reads(
    snapshot: LayerRecipe, tmp_path: Path
) -> None:
    """Which services there are and where, of no service in particular."""
    file = tmp_path / "requirements.txt"
    file.write_text("boto3\n")
    layer = LayerRecipe(requirements=file, start=snapshot.start)
    code = "import boto3; result = [' '.join(map(str, key)) for key in boto3.Session()._loader._cache]"
    held, said = invoked(on(layer, tells(tmp_path / "f")), code, tmp_path)
    assert {"load_data_with_path endpoints", "list_available_services service-2"} <= set(held)
    assert not [key for key in held if "sts" in key]
    assert said == ""


def test_a_function_brings_packages_of_its_own(layer: LayerRecipe, tmp_path: Path) -> None:
    source = tells(tmp_path / "f", "idna==3.10\n")
    code = "import idna, six; result = [idna.__file__, six.__file__]"
    found = ["/var/task/thaw/packages/idna/__init__.py", "/opt/thaw/packages/six.py"]
    assert invoked(on(layer, source), code, tmp_path) == (found, "")


def test_what_the_layer_has_is_not_brought_again(layer: LayerRecipe, tmp_path: Path) -> None:
    function = build(on(layer, tells(tmp_path / "f", "python-dateutil==2.9.0.post0\n")))
    assert sorted(path.name for path in (function.root / "thaw" / "packages").iterdir()) == [
        "dateutil",
        "python_dateutil-2.9.0.post0.dist-info",
    ]


def test_a_functions_own_version_comes_before_the_layers(portable: LayerRecipe, tmp_path: Path) -> None:
    source = tells(tmp_path / "f", "six==1.17.0\n")
    assert invoked(on(portable, source), SIX, tmp_path) == (["1.17.0", "/var/task/thaw/packages/six.py"], "")


@pytest.mark.parametrize(
    ("requirements_of_function", "module", "named"),
    [("six==1.17.0\n", "handler", "thaw/packages/six.py"), ("", "six", "six.py")],
)
def test_what_the_layers_snapshot_holds_cannot_be_brought(
    snapshot: LayerRecipe, tmp_path: Path, requirements_of_function: str, module: str, named: str
) -> None:
    source = tells(tmp_path / "f", requirements_of_function)
    (source / f"{module}.py").write_text(TELLS)
    with pytest.raises(PreloadedNameError, match=f"THAW025.*\n *received: {named}"):
        build(on(snapshot, source, handler=f"{module}.handle"))


def test_a_library_that_only_the_function_needs_is_found(layer: LayerRecipe, tmp_path: Path) -> None:
    """Numpy's wheel expects libstdc++ of the system, which a layer without numpy does not have."""
    source = tells(tmp_path / "f", "numpy\n")
    code = "import numpy; result = [l.split()[-1] for l in open('/proc/self/maps') if 'libstdc++' in l][0]"
    assert invoked(on(layer, source), code, tmp_path) == ("/var/task/thaw/lib/libstdc++.so.6", "")


def test_a_layer_that_lies_elsewhere_starts_the_functions_all_the_same(
    layer: LayerRecipe, api: RuntimeApi, tmp_path: Path
) -> None:
    function, artifact = build(on(layer, builds.function(tmp_path / "f"))), build(layer)
    variables = given(api, "handler.handle", LAMBDA_TASK_ROOT=str(function.root), PATH=os.defpath)
    with Environment([artifact.root / "bootstrap"], variables, tmp_path) as environment:
        assert api.invoke(b"[1]").body == b"[1]"
    assert environment.output() == ("", "")


def test_a_variable_that_a_preloaded_module_has_read_leads_to_the_portable_start(
    tmp_path: Path, snapshot: LayerRecipe
) -> None:
    """The layer's build knows no function's variables: it saw that there was none."""
    layer = LayerRecipe(preload=("sysconfig",), start=snapshot.start)
    _, said = invoked(on(layer, builds.function(tmp_path / "f")), 1, tmp_path, _PYTHON_PROJECT_BASE="/")
    assert PORTABLE in said
    assert "_PYTHON_PROJECT_BASE" in said


def test_a_function_is_its_own_files_alone(layer: LayerRecipe, tmp_path: Path) -> None:
    function = build(on(layer, builds.function(tmp_path / "f")))
    assert sorted(path.name for path in function.root.rglob("*.*")) == [
        "handler.cpython-311.pyc",
        "handler.py",
    ]
    assert function.zip_bytes < 2000


class LayeredEmulator(Emulator):
    """The emulator in a root with /opt and /var/task, where it is not told what to start."""

    def __init__(self, recipe: OnLayerRecipe, folder: Path) -> None:
        function = build(recipe).root
        super().__init__(function, recipe.handler, folder=folder, variables={}, timeout=20)
        self._into_root = command_for(recipe, folder)[:-1]
        self._scratch = folder / "scratch"

    def _command(self) -> list[str]:
        executable, *options, _bootstrap, _handler = super()._command()
        shutil.copy(executable, self._scratch / "emulator")
        return [*self._into_root, "/tmp/emulator", *options]

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), "LAMBDA_TASK_ROOT": "/var/task", "_HANDLER": self._handler}


def test_the_emulator_finds_the_layers_bootstrap(layer: LayerRecipe, tmp_path: Path) -> None:
    """AWS's own emulator looks where Lambda does: in the task root first, then in /opt."""
    with LayeredEmulator(on(layer, builds.function(tmp_path / "f")), tmp_path) as emulator:
        assert emulator.invoke(b"[1]").payload == b"[1]"
