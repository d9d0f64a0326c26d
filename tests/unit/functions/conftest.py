"""The local cloud and the functions on it."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from observatory import Observatory
from reporting import Prepared
from webhook_server import Webhook

from thaw_cli.local.cloud import Cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with Cloud(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@pytest.fixture
def database(cloud: Cloud) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(cloud.postgres.dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """What the function has logged since the last look."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture(scope="session")
def shared_observatory(cloud: Cloud) -> Iterator[Observatory]:
    observatory = Observatory(cloud)
    yield observatory
    observatory.task_root.handler.DATABASE.close()


@pytest.fixture
def observatory(shared_observatory: Observatory) -> Observatory:
    shared_observatory.sqs.purge_queue(QueueUrl=shared_observatory.queue)
    return shared_observatory


@pytest.fixture
def hook() -> Iterator[Webhook]:
    hook = Webhook()
    thread = threading.Thread(target=hook.server.serve_forever, args=[0.01])
    thread.start()
    yield hook
    hook.server.shutdown()
    thread.join()
    hook.server.server_close()


@pytest.fixture(scope="module")
def prepared(cloud: Cloud) -> Iterator[Prepared]:
    """The function ``report`` on a database of the test file's own."""
    with Prepared(cloud) as prepared:
        yield prepared


@pytest.fixture
def session(prepared: Prepared) -> psycopg.Connection[Any]:
    """On that database."""
    return prepared.session


@pytest.fixture
def report(prepared: Prepared) -> Any:
    """The function, its tables empty."""
    return prepared.emptied()
