"""An artifact, a Runtime API, and processes that run the one under the other."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import pytest
from bucket import REGION, Bucket
from initialised import HANDLERS, initialised
from runtime_api import Environment, RuntimeApi, Start

from constructs_lib.bundling import Artifact
from tests import builds


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """A function that echoes its event."""
    return builds.built(builds.function(tmp_path_factory.mktemp("functions") / "hello"))


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    with RuntimeApi() as api:
        yield api


@pytest.fixture
def start(artifact: Artifact, api: RuntimeApi, tmp_path: Path) -> Iterator[Start]:
    """Starts the artifact's bootstrap with other code as its task root."""
    with ExitStack() as started:

        def start(code: str, handler: str = "handler.handle", **variables: str) -> Environment:
            folder = builds.function(tmp_path / "task", handler=code)
            environment = {
                "AWS_LAMBDA_RUNTIME_API": api.address,
                "_HANDLER": handler,
                "LAMBDA_TASK_ROOT": str(folder),
                **variables,
            }
            return started.enter_context(Environment([artifact.root / "bootstrap"], environment, folder))

        yield start


@pytest.fixture(scope="session")
def bucket() -> Iterator[Bucket]:
    with Bucket() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def known(bucket: Bucket) -> dict[str, str]:
    """What of the environment of ``afterwards`` is known when it is built."""
    return {"AWS_ENDPOINT_URL_S3": bucket.url, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}


@pytest.fixture(scope="session")
def afterwards(known: dict[str, str]) -> Artifact:
    """A function with many dependencies, initialised at build time, that runs the code it is sent."""
    return initialised(HANDLERS / "afterwards", environment=known)
