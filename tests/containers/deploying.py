"""What is deployed to the local cloud with an engine: the main job, and images of every kind by the plain CDK CLI."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.bundling import Recipe, Start, build
from tests import builds
from tests.containers.engine import Engine
from tests.e2e.container_application import HANDLER_IMAGE, Deployed, deploy
from thaw_cli.local.cloud import Cloud

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, "-m", "thaw_cli", "demo", "--engine", "--cold", "5", "--warm", "50", "--json"]
# A developer's own image, with its entry point and nothing of ours but what it starts.
DOCKERFILE = """
FROM scratch
COPY task /var/task
ENV LAMBDA_TASK_ROOT=/var/task
WORKDIR /var/task
ENTRYPOINT ["/var/task/bootstrap"]
CMD ["handler.handle"]
"""
Deploy = Callable[[str], Deployed]


def started(engine: Engine, since: float) -> set[str]:
    """The images of the containers that were started since a moment."""
    events = engine.say(
        *("events", "--since", f"{since:.0f}", "--until", f"{time.time() + 1:.0f}"),
        *("--filter", "event=start", "--format", "{{.Actor.Attributes.image}}"),
    )
    return set(events.split())


@pytest.fixture(scope="module")
def demonstrated(engine: Engine) -> tuple[Any, set[str]]:
    """What the demo tells, and of which images it started containers."""
    began = time.time()
    done = subprocess.run(DEMO, check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), started(engine, began)


def test_the_demo_reads_the_report_out_of_a_container(demonstrated: tuple[Any, set[str]]) -> None:
    document, images = demonstrated
    assert (document["report"]["series"] > 0, len(images)) == (True, 1)


def test_the_demo_feeds_the_zip_functions_beside_the_container(demonstrated: tuple[Any, set[str]]) -> None:
    assert (demonstrated[0]["results"], len(demonstrated[0]["quarantined"])) == (3, 2)


def test_the_demo_leaves_no_container(engine: Engine, demonstrated: tuple[Any, set[str]]) -> None:
    assert engine.containers() == []


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with Cloud(tmp_path_factory.mktemp("cloud"), engine=True) as running:
        yield running


@pytest.fixture
def deployed(cloud: Cloud, tmp_path: Path) -> Deploy:
    """Deploys a function made of an image in place of the one before."""

    def deployed(image: str) -> Deployed:
        (tmp_path / "project").mkdir()
        return deploy(cloud, tmp_path / "project", image)

    return deployed


def test_an_image_that_is_a_snapshot_answers(deployed: Deploy) -> None:
    function = deployed(HANDLER_IMAGE.replace("PORTABLE", "SNAPSHOT"))
    assert function.ask("process")[2] == "/var/task"


def test_an_image_upon_a_base_has_the_bases_files(engine: Engine, deployed: Deploy, tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "of-the-base").write_text("")
    engine.add_image("thaw-test-deployed-base:1", tmp_path / "base")
    function = deployed(f"{HANDLER_IMAGE[:-1]}, base='thaw-test-deployed-base:1')")
    assert "of-the-base" in function.ask("root")


def test_an_image_of_a_dockerfile_with_the_emulator_answers_without_it(
    deployed: Deploy, tmp_path: Path
) -> None:
    handler = "import os\ndef handle(event, context):\n    return os.readlink('/proc/1/exe')\n"
    source = builds.function(tmp_path / "function", handler=handler)
    artifact = build(Recipe(source=source, handler="handler.handle", start=Start.PORTABLE))
    folder = tmp_path / "context"
    folder.mkdir()
    subprocess.run(["cp", "-a", artifact.root, folder / "task"], check=True)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    function = deployed(f"DockerfileImage(Path({str(folder)!r}), emulator=True)")
    assert "rie" not in function.ask("any")


def test_an_answer_of_a_deployed_image_comes_through_its_url(deployed: Deploy) -> None:
    with deployed(HANDLER_IMAGE).get("/page") as answer:
        assert (answer.status, answer.read()) == (203, b"<p>\xff\0")
