"""What is built in a container is what would have been built without one."""

import multiprocessing
import os
import re
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from constructs_lib.bundling import Architecture, Recipe, Start, build, container
from constructs_lib.bundling.container_engine import ContainerBuildError, ContainerEngineError
from constructs_lib.bundling.refusals import RefusedError
from tests import builds
from tests.conformance.runtime_api import Environment, RuntimeApi
from tests.containers.engine import Engine
from tests.portability.debian import Debian
from tests.processes import DEADLINE_SECONDS, await_condition

IMAGE = "thaw-test-python"
CODE = "import shared, thing\ndef handle(event, context):\n    return [shared.NAME, thing.NAME, event]\n"
# As in the images of AWS: Python apart from the system, with libraries that it does not find by itself.
AWAY_IMAGE = "thaw-test-python-away"
AWAY = {
    "moved": r"s#^usr/\(bin/python\|lib/python3\)#opt/python/\1#;s#^lib/.*/\(libexpat\)#opt/python/lib/\1#",
    "variables": ("PATH=/opt/python/bin", "LD_LIBRARY_PATH=/opt/python/lib"),
}
LEAVES_A_THREAD = (
    "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n"
)
NOBODY = 65534


@pytest.fixture(scope="module", autouse=True)
def builders(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Images of Debian's Python, and one of nothing."""
    python = Debian("amd64").unpacked("python3", "libpython3.11", "libc-bin")
    more = tmp_path_factory.mktemp("more")
    (more / "tmp").mkdir()
    (more / "tmp").chmod(0o1777)
    engine.add_image(IMAGE, python, more)
    engine.add_image(AWAY_IMAGE, python, more, **AWAY)
    engine.add_image("without-python", more)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """A function with a file by a link, and requirements that lie elsewhere, as a wheel beside them."""
    folder = tmp_path_factory.mktemp("project")
    source = builds.function(folder / "function", handler=CODE)
    (folder / "shared.py").write_text("NAME = 'shared'\n")
    (source / "shared.py").symlink_to("../shared.py")
    wheels = folder / "requirements"
    wheels.mkdir()
    _write_wheel(wheels / "thing-1.0-py3-none-any.whl")
    (wheels / "all.txt").write_text(f"--no-index\n--find-links {wheels}\nthing==1.0\n")
    requirements = folder / "nowhere" / ".." / "requirements" / "all.txt"
    (folder / "nowhere").mkdir()
    return Recipe(source=source, handler="handler.handle", requirements=requirements, builder=IMAGE)


def _write_wheel(path: Path) -> None:
    about = "thing-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("thing.py", "NAME = 'thing'\n")
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")


def answer(bootstrap: Path, event: str) -> tuple[str, str]:
    """What the function answers, and what it writes to stderr."""
    with RuntimeApi() as api:
        variables = {"AWS_LAMBDA_RUNTIME_API": api.address, "_HANDLER": "handler.handle"}
        variables |= {"AWS_REGION": "eu-central-1", "AWS_LAMBDA_FUNCTION_NAME": "f"}
        with Environment([bootstrap], variables, bootstrap.parent) as process:
            answered = api.invoke(event.encode()).body.decode()
        return answered, process.output()[1]


@pytest.mark.parametrize(
    "change",
    [{"start": Start.SNAPSHOT}, {"initialize_at_build_time": True}, {"start": Start.PORTABLE}],
    ids=str,
)
def test_a_function_that_was_built_in_a_container_answers_here(
    recipe: Recipe, change: dict[str, object]
) -> None:
    artifact = build(replace(recipe, **change))
    assert answer(artifact.root / "bootstrap", "1") == ('["shared", "thing", 1]', "")
    assert (artifact.snapshot is None) == ("start" in change and change["start"] == Start.PORTABLE)


def test_a_python_that_needs_a_variable_for_its_libraries_is_bundled(tmp_path: Path) -> None:
    source = builds.function(tmp_path / "function")
    artifact = build(
        Recipe(source=source, handler="handler.handle", builder=AWAY_IMAGE, initialize_at_build_time=True)
    )
    assert answer(artifact.root / "bootstrap", "1") == ("1", "")


def test_where_nothing_is_said_of_the_start_it_is_a_snapshot(recipe: Recipe) -> None:
    assert build(recipe).snapshot is not None


def test_an_unchanged_function_is_not_built_again_and_needs_no_engine(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = build(recipe)
    monkeypatch.setenv("CDK_DOCKER", "/nowhere")
    assert build(recipe) == replace(built, reused=True)


def test_what_the_build_refuses_it_refuses_in_the_same_words(tmp_path: Path) -> None:
    source = builds.function(tmp_path / "function", handler=LEAVES_A_THREAD + builds.HELLO)
    recipe = Recipe(source=source, handler="handler.handle", initialize_at_build_time=True)
    with pytest.raises(RefusedError) as here:
        build(recipe)
    with pytest.raises(RefusedError) as there:
        build(replace(recipe, builder=IMAGE))
    line = re.compile(r"(threading\.py:)\d+")
    assert line.sub(r"\1", str(there.value)) == line.sub(r"\1", str(here.value))


def test_an_image_that_is_nowhere_is_named_by_the_engine(recipe: Recipe) -> None:
    with pytest.raises(ContainerEngineError, match=r"THAW018(.*\n)*.*thaw-test-nowhere"):
        build(replace(recipe, builder="thaw-test-nowhere"))


def test_an_image_without_python_is_told_what_it_lacks(recipe: Recipe) -> None:
    with pytest.raises(ContainerBuildError, match=r"THAW019(.*\n)*.*python3.*not found"):
        build(replace(recipe, builder="without-python"))


def test_what_fails_leaves_nothing_behind(recipe: Recipe, cache: Path) -> None:
    with pytest.raises(ContainerBuildError):
        build(replace(recipe, builder="without-python"))
    assert not [*cache.glob("artifacts/.*"), *cache.glob("containers/*/.build-*")]


def test_an_interrupted_build_leaves_no_container(engine: Engine, tmp_path: Path) -> None:
    source = builds.function(tmp_path / "function", handler="import time\ntime.sleep(99)\n")
    options = ("--handler", "handler.handle", "--builder", IMAGE, "--initialize-at-build-time")
    command = [sys.executable, "-m", "thaw_cli", "build", str(source), "--out", str(tmp_path / "out")]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as building:
        await_condition(lambda: engine.containers() != [], "a container")
        building.send_signal(signal.SIGINT)
        assert building.wait(DEADLINE_SECONDS) == 130
        assert engine.containers() == []


@pytest.fixture
def everybodys() -> Iterator[Path]:
    """A folder that everybody may enter, which those of tests are not, and that belongs to nobody in particular."""
    with tempfile.TemporaryDirectory() as name:
        os.chown(name, NOBODY, NOBODY)
        yield Path(name)


def test_all_files_belong_to_whoever_builds(everybodys: Path, cache: Path) -> None:
    container._packages(Architecture.X86_64)
    # What needs a registry is there already.
    (everybodys / "builders").symlink_to(cache / "builders")
    cache.chmod(0o755)
    recipe = Recipe(
        source=builds.function(everybodys / "function"),
        handler="handler.handle",
        builder=IMAGE,
        start=Start.SNAPSHOT,
    )
    building = multiprocessing.get_context("fork").Process(target=_build_as_nobody, args=(recipe, everybodys))
    building.start()
    building.join()
    assert building.exitcode == 0
    made = [path for kind in ("artifacts", "containers") for path in (everybodys / kind).rglob("*")]
    assert {path.stat().st_uid for path in made} == {NOBODY}


def _build_as_nobody(recipe: Recipe, cache: Path) -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    os.environ.update({"THAW_CACHE": str(cache), "HOME": str(cache)})
    build(recipe)
