"""The cloud that the end-to-end tests share."""

from collections.abc import Iterator

import pytest

from thaw_cli.local.cloud import Cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A running cloud with its secrets and nothing else in it; it ends with the tests, however they end."""
    with Cloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running
