"""Builds in the one cache of the session; uv's own cache is the user's."""

from pathlib import Path

import pytest

from constructs_lib.bundling import Artifact
from tests import builds


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes every build of a test use the cache of the session; a test that wants another one says so itself."""
    monkeypatch.setenv("THAW_CACHE", str(builds.shared_cache()))
    return builds.shared_cache()


@pytest.fixture(scope="session")
def hello(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a function that echoes its event."""
    return builds.function(tmp_path_factory.mktemp("functions") / "hello")


@pytest.fixture(scope="session")
def artifact(hello: Path) -> Artifact:
    """What is built of it."""
    return builds.built(hello)
