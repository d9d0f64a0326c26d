"""The page of ``report``, served on loopback from results that lie in a real PostgreSQL, and a real browser."""

from collections.abc import Iterator

import pytest
from chromium import EXECUTABLE, Chromium
from function_url import function_url
from report_page import fill, loaded

from thaw_cli.local.aws import DATABASE_SECRET
from thaw_cli.local.cloud import Cloud


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page is."""
    with Cloud(tmp_path_factory.mktemp("cloud")) as cloud:
        fill(cloud.postgres.dsn)
        variables = cloud.aws.variables() | {"DATABASE_SECRET": DATABASE_SECRET}
        with loaded(variables) as handler, function_url(handler.handle) as url:
            yield url


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    if EXECUTABLE is None:
        pytest.skip("there is no Chromium here")
    with Chromium(tmp_path_factory.mktemp("profile")) as chromium:
        yield chromium
