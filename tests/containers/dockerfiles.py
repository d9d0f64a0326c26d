"""Images from Dockerfiles that have the emulator put into them, built by an engine with and without BuildKit, and run."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from constructs_lib import ContainerFunction, DockerfileImage
from tests import builds
from tests.conformance.runtime_api import RuntimeApi
from tests.containers.engine import PACKAGES, Engine, lacking, private_engine
from tests.portability.debian import Debian
from tests.processes import await_condition
from tests.synthesis import FLAGS, NOT_VALIDATED

import aws_cdk as cdk  # isort: skip

pytestmark = pytest.mark.skipif(lacking() is not None, reason=str(lacking()))
NAME = "thaw-test-emulated"
PATH = "/2015-03-31/functions/function/invocations"
DOCKERFILE = """
FROM scratch AS files
COPY task /var/task
COPY tmp /tmp
FROM files
WORKDIR /var/task
ENTRYPOINT ["/var/task/bootstrap"]
CMD ["handler.handle"]
"""
# Run in the container's network, which nobody else has.
CALL = """
import sys, urllib.request
request = urllib.request.Request("http://127.0.0.1:8080" + sys.argv[1], sys.argv[2].encode())
print(urllib.request.urlopen(request).read().decode())
"""


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[Engine]:
    """An engine with nothing in it."""
    try:
        programs = Debian("amd64").unpacked(*PACKAGES, alone=True)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"Debian's packages are not to be had: {error.stderr}")
    with private_engine(programs) as engine:
        yield engine


@pytest.fixture(scope="module", params=["0", "1"], ids=["classic", "BuildKit"])
def image(request: pytest.FixtureRequest, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image of a handler, built of what the CLI is told to build."""
    folder, output = tmp_path_factory.mktemp("image"), tmp_path_factory.mktemp("out")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / ".dockerignore").write_text("*\n!task\n!tmp\n")
    (folder / "tmp").mkdir()
    (folder / "tmp").chmod(0o1777)
    artifact = builds.built(builds.function(tmp_path_factory.mktemp("function")))
    shutil.copytree(artifact.root, folder / "task", symlinks=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_CACHE", str(builds.shared_cache()))
        app = cdk.App(outdir=str(output), context=FLAGS, **NOT_VALIDATED)
        ContainerFunction(cdk.Stack(app, "Stack"), "Hello", image=DockerfileImage(folder, emulator=True))
        app.synth()
    [asset] = json.loads((output / "Stack.assets.json").read_text())["dockerImages"].values()
    name = f"{NAME}-{request.param}"
    place = str(output / asset["source"]["directory"])
    docker(engine, "build", "--no-cache", "--tag", name, place, buildkit=request.param)
    return name


def docker(engine: Engine, *arguments: str, buildkit: str = "0") -> str:
    """What the client prints."""
    done = subprocess.run(
        [engine.client, "--host", engine.address, *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "DOCKER_BUILDKIT": buildkit},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def running(engine: Engine, image: str, *options: str) -> Iterator[str]:
    """A container of the image, gone with the context."""
    container = docker(engine, "run", "--detach", "--read-only", *options, image)
    try:
        yield container
    finally:
        docker(engine, "rm", "--force", container)


def call(engine: Engine, container: str, event: str) -> str | None:
    """What the emulator in a container answers; None where it does not yet."""
    process = docker(engine, "inspect", "--format", "{{.State.Pid}}", container)
    inside = ["nsenter", "--target", process, "--net", sys.executable, "-c", CALL, PATH, event]
    done = subprocess.run(inside, check=False, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def test_the_emulator_serves_the_image_where_there_is_no_lambda(engine: Engine, image: str) -> None:
    with running(engine, image, "--network=none") as container:
        await_condition(lambda: call(engine, container, "1") is not None, "an answer of the emulator")
        assert call(engine, container, '{"a": 1}') == '{"a": 1}'


def test_the_program_runs_without_the_emulator_on_lambda(engine: Engine, image: str) -> None:
    with (
        RuntimeApi() as api,
        running(engine, image, "--network=host", f"--env=AWS_LAMBDA_RUNTIME_API={api.address}"),
    ):
        assert api.invoke(b'{"a": 1}').body == b'{"a": 1}'
