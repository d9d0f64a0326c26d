"""What goes wrong between an image and its registry ends in words that say what, and leaves nothing half-written."""

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.bundling import container_engine
from constructs_lib.bundling.container_engine import ContainerEngineError
from tests import builds
from tests.containers.engine import Engine
from tests.containers.refusing_registry import RefusingRegistry
from tests.e2e.container_application import HANDLER_IMAGE, deploy
from thaw_cli.errors import DeploymentFailedError
from thaw_cli.local.cloud import Cloud
from thaw_cli.local.ministack import MiniStack

Refused = Callable[..., str]
NOBODY = 65534
ROOT = Path(__file__).parents[2]
# Fills a cache of so many megabytes by a build, then makes room and builds again.
IN_LITTLE_SPACE = """
import json, os, subprocess, sys
from pathlib import Path
cache, size, links, *command = sys.argv[1:]
subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "none", cache], check=True)
for link in links.split(":"):
    (Path(cache) / Path(link).name).symlink_to(link)
def run():
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stderr
first = run()
own = [kind for kind in Path(cache).iterdir() if not kind.is_symlink()]
left = [str(path.relative_to(cache)) for kind in own for path in kind.iterdir() if path.name[0] == "." or kind.name == "images"]
subprocess.run(["mount", "-o", "remount,size=500m", cache], check=True)
print(json.dumps([first, left, run()]))
"""


@pytest.fixture(scope="module")
def registry() -> Iterator[RefusingRegistry]:
    registry = RefusingRegistry()
    with registry.serving():
        yield registry


@pytest.fixture(scope="module")
def cloud(registry: RefusingRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud with a registry that refuses; it has an engine, so no image is there before it is pushed."""
    settings = MiniStack._settings
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MiniStack, "_settings", lambda self: replace(settings(self), registry=registry.address))
        with Cloud(tmp_path_factory.mktemp("cloud"), engine=True) as running:
            yield running


@pytest.fixture
def refused(cloud: Cloud, tmp_path: Path) -> Refused:
    """Deploys a function made of an image, and returns what that fails with."""

    def refused(image: str = HANDLER_IMAGE) -> str:
        (tmp_path / "project").mkdir()
        with pytest.raises(DeploymentFailedError) as caught:
            deploy(cloud, tmp_path / "project", image)
        return str(caught.value)

    return refused


def dockerfile(folder: Path, *lines: str) -> str:
    """An image of a Dockerfile, as an application writes it."""
    folder.mkdir()
    (folder / "Dockerfile").write_text("\n".join(["FROM scratch", *lines, 'ENTRYPOINT ["/x"]', ""]))
    return f"DockerfileImage(Path({str(folder)!r}))"


@pytest.mark.parametrize("of_a_dockerfile", [False, True])
def test_a_client_that_is_not_there_is_named_with_the_variable_that_names_it(
    refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, of_a_dockerfile: bool
) -> None:
    monkeypatch.setenv("CDK_DOCKER", "/nowhere/docker")
    image = dockerfile(tmp_path / "context") if of_a_dockerfile else HANDLER_IMAGE
    words = refused(image)
    assert ("/nowhere/docker" in words, "CDK_DOCKER" in words) == (True, True)


def test_an_engine_that_does_not_run_is_named_by_its_socket(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/socket")
    assert "Cannot connect to the Docker daemon at unix:///nowhere/socket" in refused()


def test_a_dockerfile_that_fails_is_told_in_the_engines_words(refused: Refused, tmp_path: Path) -> None:
    words = refused(dockerfile(tmp_path / "context", "COPY nowhere /"))
    assert "COPY failed" in words
    assert "Failed to build asset Function/AssetImage" in words


def test_a_base_that_is_nowhere_is_told_in_the_engines_words(
    refused: Refused, registry: RefusingRegistry
) -> None:
    base = f"{registry.address}/nowhere:1"
    assert "build asset containers/Function" in (words := refused(f"{HANDLER_IMAGE[:-1]}, base={base!r})"))
    assert "not for you" in words


@pytest.mark.parametrize(("status", "words"), [(403, "denied: not for you"), (500, "500 Internal Server")])
def test_a_registry_that_refuses_is_told_with_its_address(
    refused: Refused, registry: RefusingRegistry, status: int, words: str
) -> None:
    registry.status = status
    said = refused()
    assert (words in said, f"push {registry.address}/" in said) == (True, True)


@pytest.fixture
def full_engine(programs: Path) -> Iterator[Engine]:
    """An engine with less space than an image takes."""
    with tempfile.TemporaryDirectory(prefix="thaw-engine-") as folder:
        engine = Engine(programs, Path(folder))
        data = Path(folder) / "data-root"
        data.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", data], check=True)
        with engine.running():
            yield engine


def test_an_engine_without_space_says_so_and_has_no_image(
    refused: Refused, full_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDK_DOCKER", str(full_engine.client))
    monkeypatch.setenv("DOCKER_HOST", full_engine.address)
    assert "no space left on device" in refused()
    assert full_engine.say("images", "--all", "--quiet") == ""


@pytest.mark.parametrize("megabytes", [4, 50, 60])
def test_a_full_cache_is_one_error_and_leaves_nothing_half_written(
    cache: Path, tmp_path: Path, megabytes: int
) -> None:
    source, full = builds.function(tmp_path / "function"), tmp_path / "full"
    full.mkdir()
    links = ":".join(str((cache / name).resolve()) for name in ("tools", "zig", "interpreters"))
    command = [
        *("unshare", "--mount", sys.executable, "-c", IN_LITTLE_SPACE, str(full), str(megabytes), links),
        *(sys.executable, "-m", "thaw_cli", "image", "build", str(source), "--handler", "handler.handle"),
        *("--start", "portable", "--out", str(tmp_path / "image.tar")),
    ]
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "THAW_CACHE": str(full), "PYTHONPATH": str(ROOT)},
    )
    (status, words), left, again = json.loads(done.stdout)
    assert (status, "THAW011" in words, "No space left on device" in words) == (1, True, True), words
    assert [each for each in left if not each.endswith(".lock")] == []
    assert again[0] == 0, again[1]


def test_an_engine_that_this_user_may_not_use_is_told_in_the_engines_words(engine: Engine) -> None:
    context = multiprocessing.get_context("fork")
    said: Any = context.Queue()
    engine.socket.chmod(0o600)
    try:
        asking = context.Process(target=_ask_as_nobody, args=(said,))
        asking.start()
        words = said.get(timeout=60)
        asking.join()
    finally:
        engine.socket.chmod(0o666)
    assert words.startswith("THAW018: no container engine answers")
    assert "permission denied" in words


def _ask_as_nobody(said: Any) -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    os.environ["HOME"] = "/nowhere"
    try:
        container_engine.architecture()
        said.put("it answers")
    except ContainerEngineError as error:
        said.put(str(error))
