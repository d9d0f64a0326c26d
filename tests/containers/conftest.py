"""One engine for all of these tests, which ends with them, and the cache of the session."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import builds
from tests.containers.engine import PACKAGES, Engine, lacking, private_engine
from tests.portability.debian import Debian


@pytest.fixture(scope="session")
def programs() -> Path:
    """A folder with Debian's Docker; where it cannot be had, the tests are skipped and say why."""
    if (reason := lacking()) is not None:
        pytest.skip(reason)
    try:
        return Debian("amd64").unpacked(*PACKAGES, alone=True)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"Debian's packages are not to be had: {error.stderr}")


@pytest.fixture(scope="session", autouse=True)
def engine(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine, which is the one that the build and the CDK find; its client knows nothing of the user's logins."""
    with private_engine(programs) as engine, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CDK_DOCKER", str(engine.client))
        patch.setenv("DOCKER_HOST", engine.address)
        patch.setenv("DOCKER_CONFIG", str(tmp_path_factory.mktemp("docker")))
        yield engine


@pytest.fixture(scope="session", autouse=True)
def cache() -> Iterator[Path]:
    """Makes every build of a test use the cache of the session; a test that wants another one says so itself.

    What is the same for whoever makes it, and takes long, is the user's.
    """
    folder = builds.with_users(builds.shared_cache(), "debian", "debian-trees")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_CACHE", str(folder))
        yield folder
