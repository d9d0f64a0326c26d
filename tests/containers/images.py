"""Images that are assembled without an engine, loaded and run by one."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.bundling import Recipe, Start, oci
from tests import builds
from tests.conformance.runtime_api import RuntimeApi
from tests.containers.engine import Engine

CODE = """
import os

def handle(event, context):
    return event

def other(event, context):
    with open("/tmp/file", "w") as file:
        file.write("text")
    return [os.getuid(), os.getcwd(), os.environ.get("LAMBDA_TASK_ROOT"), os.environ.get("NAME")]
"""
# As Lambda runs an image, but for the user's number.
AS_ON_LAMBDA = ("--read-only", "--tmpfs=/tmp", "--user=1000", "--memory=128m")
BASE = "thaw-test-base:1"
BuildUponABase = Callable[[Path], str]


def recipe(source: Path, start: Start = Start.PORTABLE, **options: Any) -> oci.ImageRecipe:
    function = Recipe(source=source, handler="handler.handle", start=start)
    return oci.ImageRecipe(function=function, **options)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return builds.function(tmp_path_factory.mktemp("images") / "function", handler=CODE)


@pytest.fixture(scope="module", params=[Start.PORTABLE, Start.SNAPSHOT])
def image(request: pytest.FixtureRequest, engine: Engine, source: Path) -> oci.Image:
    """An image of either start, in the engine."""
    image = oci.build_image(recipe(source, start=request.param))
    assert engine.load(image.layout) == f"Loaded image: {image.tag}"
    return image


@pytest.fixture(scope="module")
def without_emulator(engine: Engine, source: Path) -> oci.Image:
    image = oci.build_image(recipe(source, emulator=False))
    engine.load(image.layout)
    return image


def test_an_engine_knows_what_a_loaded_image_starts(engine: Engine, image: oci.Image) -> None:
    config = engine.inspect(image.tag)["Config"]
    assert {name: config[name] for name in ("Entrypoint", "Cmd", "WorkingDir", "User")} == {
        "Entrypoint": ["/lambda-entrypoint", "/var/task/bootstrap"],
        "Cmd": ["handler.handle"],
        "WorkingDir": "/var/task",
        "User": "",
    }


def test_an_engine_knows_the_variables_of_a_loaded_image(engine: Engine, image: oci.Image) -> None:
    assert {"LAMBDA_TASK_ROOT=/var/task", "TZ=:UTC"} <= set(engine.inspect(image.tag)["Config"]["Env"])


def test_an_engine_knows_the_processor_of_a_loaded_image(engine: Engine, image: oci.Image) -> None:
    described = engine.inspect(image.tag)
    assert (described["Os"], described["Architecture"]) == ("linux", "amd64")


def test_an_engine_has_the_layers_that_the_build_tells_of(engine: Engine, image: oci.Image) -> None:
    assert engine.inspect(image.tag)["RootFS"]["Layers"] == [
        layer.uncompressed_digest for layer in image.layers
    ]


@pytest.mark.parametrize("start", [Start.PORTABLE, Start.SNAPSHOT])
def test_a_changed_handler_is_one_further_layer_for_an_engine(
    engine: Engine, tmp_path: Path, start: Start
) -> None:
    source = builds.function(tmp_path / "function", handler=CODE)
    layers = []
    for code in (CODE, CODE + "# changed\n"):
        (source / "handler.py").write_text(code)
        image = oci.build_image(recipe(source, start=start))
        engine.load(image.layout)
        layers.append(engine.inspect(image.tag)["RootFS"]["Layers"])
    assert (layers[0][:-1], len({*layers[1]} - {*layers[0]})) == (layers[1][:-1], 1)


def test_the_emulator_in_an_image_answers_a_developer(engine: Engine, image: oci.Image) -> None:
    with engine.container("--network=none", image.tag) as container:
        assert [container.invoke(event) for event in ("{}", '{"a": 1}')] == ["{}", '{"a": 1}']


def test_the_emulator_takes_another_port_behind_the_handler(engine: Engine, image: oci.Image) -> None:
    address = ("--runtime-interface-emulator-address", "127.0.0.1:9000")
    with engine.container("--network=none", image.tag, "handler.handle", *address) as container:
        assert container.invoke(port=9000) == "{}"


def test_an_image_runs_as_on_lambda_read_only_as_an_unknown_user(engine: Engine, image: oci.Image) -> None:
    options = (*AS_ON_LAMBDA, "--network=none", "--env=NAME=value")
    with engine.container(*options, image.tag, "handler.other") as container:
        assert container.invoke() == '[1000, "/var/task", "/var/task", "value"]'


@pytest.mark.parametrize("options", [(), AS_ON_LAMBDA], ids=["root", "as on Lambda"])
def test_where_lambda_says_where_it_is_no_emulator_is_in_between(
    engine: Engine, image: oci.Image, options: tuple[str, ...]
) -> None:
    with (
        RuntimeApi() as api,
        engine.container(
            *options, "--network=host", f"--env=AWS_LAMBDA_RUNTIME_API={api.address}", image.tag
        ) as container,
    ):
        assert api.invoke(b'{"a": 1}').body == b'{"a": 1}'
        assert not [each for each in container.programs() if "aws-lambda-rie" in each]


def test_an_image_without_emulator_runs_on_lambda(engine: Engine, without_emulator: oci.Image) -> None:
    with (
        RuntimeApi() as api,
        engine.container(
            "--network=host", f"--env=AWS_LAMBDA_RUNTIME_API={api.address}", without_emulator.tag
        ),
    ):
        assert api.invoke(b"1").body == b"1"


def test_an_image_without_emulator_says_elsewhere_in_one_line_that_it_lacks_it(
    engine: Engine, without_emulator: oci.Image
) -> None:
    with engine.container("--network=none", without_emulator.tag) as container:
        assert container.status() == 127
        assert container.log() == (
            "lambda-entrypoint: AWS_LAMBDA_RUNTIME_API is not set, so this is not Lambda, and there is no "
            "/usr/local/bin/aws-lambda-rie; build the image with the emulator to run it here\n"
        )


def test_a_handler_that_is_not_there_is_an_answer_of_the_emulator(engine: Engine, image: oci.Image) -> None:
    with engine.container("--network=none", image.tag, "handler.nowhere") as container:
        assert '"errorType":"Runtime.HandlerNotFound"' in container.invoke().replace(" ", "")


def test_the_label_for_snap_start_is_where_lambda_looks_for_it(engine: Engine, source: Path) -> None:
    image = oci.build_image(recipe(source, snap_start=True))
    engine.load(image.layout)
    assert engine.inspect(image.tag)["Config"]["Labels"] == {
        "com.amazonaws.lambda.feature.snapstart": "Allow"
    }


@pytest.fixture(scope="module", params=["0", "1"], ids=["classic", "BuildKit"])
def build_upon_a_base(
    request: pytest.FixtureRequest, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuildUponABase]:
    """Builds the image of a handler's folder by either builder of the engine, upon a base with a file of its own."""
    base = tmp_path_factory.mktemp("base")
    (base / "of-the-base").write_text("")
    engine.add_image(BASE, base, variables=("PATH=/of/the/base", "TZ=Europe/Berlin"))

    def build(source: Path) -> str:
        image = oci.build_image(recipe(source, base=BASE))
        engine.say("build", "--tag", image.tag, str(image.context))
        return image.tag

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_BUILDKIT", request.param)
        yield build


def test_an_image_upon_a_base_has_the_bases_path_and_lambdas_variables(
    engine: Engine, source: Path, build_upon_a_base: BuildUponABase
) -> None:
    variables = engine.inspect(build_upon_a_base(source))["Config"]["Env"]
    assert {"PATH=/of/the/base", "TZ=:UTC"} <= set(variables)


def test_a_changed_handler_upon_a_base_is_one_further_layer_for_an_engine(
    engine: Engine, tmp_path: Path, build_upon_a_base: BuildUponABase
) -> None:
    source = builds.function(tmp_path / "function", handler=CODE)
    before = engine.inspect(build_upon_a_base(source))["RootFS"]["Layers"]
    (source / "handler.py").write_text(CODE + "# changed\n")
    after = engine.inspect(build_upon_a_base(source))["RootFS"]["Layers"]
    assert len({*after} - {*before}) == 1


def test_an_image_upon_a_base_answers(
    engine: Engine, source: Path, build_upon_a_base: BuildUponABase
) -> None:
    image = build_upon_a_base(source)
    with engine.container("--network=none", "--tmpfs=/tmp", image, "handler.other") as container:
        assert container.invoke() == '[0, "/var/task", "/var/task", null]'
