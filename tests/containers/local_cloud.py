"""Functions made of images run on the local cloud in containers of a real engine; ``make test-docker``."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from constructs_lib.bundling import Recipe, Start, oci
from tests import builds
from tests.containers.engine import Engine
from tests.e2e.container_application import HANDLER_IMAGE, SECRET, Deployed, deploy
from tests.processes import await_condition
from thaw_cli.errors import DeploymentFailedError
from thaw_cli.local.aws import ACCOUNT
from thaw_cli.local.cloud import Cloud

ROOT = Path(__file__).parents[2]
# What an engine puts into a container beside the image's files.
OF_THE_ENGINE = ".dockerenv"
DOCKERFILE = """
FROM scratch
COPY root/ /
ENV LAMBDA_TASK_ROOT=/var/task
WORKDIR /var/task
ENTRYPOINT ["/lambda-entrypoint", "/var/task/bootstrap"]
CMD ["handler.handle"]
"""
IMAGE = "thaw-test-pushed"
OWNER = """
import sys
from pathlib import Path
from tests.containers.local_cloud import pushed
from thaw_cli.local.cloud import Cloud
with Cloud(Path(sys.argv[1]), engine=True) as cloud:
    pushed(cloud)
    print("invoked", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module", autouse=True)
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A place for what ``docker login`` leaves, other than the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_CONFIG", str(tmp_path_factory.mktemp("docker")))
        yield


def docker(*arguments: str) -> str:
    """What the client prints; where the engine is, the environment says."""
    command = [os.environ["CDK_DOCKER"], *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def deployed(folder: Path, *, engine: bool = True, image: str = HANDLER_IMAGE) -> Iterator[Deployed]:
    """The application of the end-to-end tests on a cloud of its own."""
    (folder / "project").mkdir(exist_ok=True)
    with Cloud(folder / "cloud", engine=engine) as cloud:
        yield deploy(cloud, folder / "project", image)


def pushed(cloud: Cloud) -> str:
    """Pushes an image that the engine has, and invokes a function made of it; the image's name on the local registry."""
    repository = cloud.aws.client("ecr").create_repository(repositoryName="pushed")["repository"]
    name = f"{repository['repositoryUri']}:1"
    docker("tag", IMAGE, name)
    docker("push", name)
    invoked(cloud, "first")
    return name


def invoked(cloud: Cloud, function: str) -> None:
    """Makes a function of the pushed image and invokes it once."""
    client = cloud.aws.client("lambda")
    client.create_function(
        FunctionName=function,
        PackageType="Image",
        Role=f"arn:aws:iam::{ACCOUNT}:role/any",
        Code={"ImageUri": f"{ACCOUNT}.dkr.ecr.eu-north-1.amazonaws.com/pushed:1"},
    )
    assert json.load(client.invoke(FunctionName=function)["Payload"]) == "built"


@pytest.fixture(scope="module")
def function(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A function made of a handler's image."""
    with deployed(tmp_path_factory.mktemp("engine")) as function:
        yield function


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Dockerfile, of which IMAGE is built."""
    folder = tmp_path_factory.mktemp("context")
    handler = "def handle(event, context):\n    return 'built'\n"
    source = builds.function(tmp_path_factory.mktemp("source") / "function", handler=handler)
    recipe = Recipe(source=source, handler="handler.handle", start=Start.PORTABLE)
    shutil.copytree(oci.build_image(oci.ImageRecipe(function=recipe)).root, folder / "root", symlinks=True)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    docker("build", "--tag", IMAGE, str(folder))
    return folder


def command_lines() -> str:
    found = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")]
    return b"\n".join(found).decode(errors="replace")


def test_a_function_runs_in_a_container(function: Deployed) -> None:
    assert OF_THE_ENGINE in function.ask("root")


def test_a_function_is_lambdas_user_in_the_task_root(function: Deployed) -> None:
    assert function.ask("process")[1:] == [993, "/var/task"]


def test_a_function_writes_to_tmp_alone(function: Deployed) -> None:
    assert function.ask("writable") == ["/tmp/"]


def test_a_function_has_its_variables_and_nobody_else_sees_them(function: Deployed) -> None:
    assert function.ask("variables")["SECRET"] == SECRET
    assert SECRET not in command_lines()


def test_a_url_passes_a_streamed_response_on(function: Deployed) -> None:
    with function.get("/page") as answer:
        assert (answer.status, answer.read()) == (203, b"<p>\xff\0")


def test_an_image_of_a_dockerfile_runs_in_a_container_of_any_cloud(context: Path, tmp_path: Path) -> None:
    with deployed(tmp_path, engine=False, image=f"DockerfileImage(Path({str(context)!r}))") as function:
        assert function.ask("any") == "built"


@pytest.mark.usefixtures("context")
def test_an_image_that_the_engine_has_lost_is_pulled_from_the_local_registry(tmp_path: Path) -> None:
    with Cloud(tmp_path / "cloud", engine=True) as cloud:
        docker("rmi", pushed(cloud))
        invoked(cloud, "second")


@pytest.mark.usefixtures("context")
def test_no_container_is_left_when_the_cloud_has_ended(engine: Engine, tmp_path: Path) -> None:
    before = engine.containers()
    with Cloud(tmp_path / "cloud", engine=True) as cloud:
        pushed(cloud)
        assert len(engine.containers()) == len(before) + 1
    assert engine.containers() == before


@pytest.mark.usefixtures("context")
def test_no_container_is_left_when_whoever_started_the_cloud_is_killed(
    engine: Engine, tmp_path: Path
) -> None:
    before = engine.containers()
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path / "cloud")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "invoked\n"
        owner.kill()
    await_condition(lambda: engine.containers() == before, "the container is gone")


def test_a_deployment_without_an_engine_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/socket")
    with pytest.raises(DeploymentFailedError, match="unix:///nowhere/socket"), deployed(tmp_path):
        pass
