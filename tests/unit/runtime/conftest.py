"""A world to read a configuration in."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from config_schemas import BASE, REMOTE
from config_world import World
from scripted_server import FedAccelerator
from small_aws import SmallAws
from thaw_runtime import unaccelerated
from thaw_runtime.event_loop import end, kept

from tests import accelerator


@pytest.fixture(scope="module", params=["in Python", "accelerated"])
def either_way(request: pytest.FixtureRequest) -> Iterator[None]:
    """The runtime with its accelerator, and without."""
    chosen = unaccelerated if request.param == "in Python" else FedAccelerator(accelerator.compiled())
    with accelerator.in_use(chosen):
        yield


@pytest.fixture
def aws() -> Iterator[SmallAws]:
    with SmallAws() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.ended.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def world(tmp_path: Path, aws: SmallAws, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, aws, monkeypatch)


@pytest.fixture
def everywhere(world: World) -> World:
    """Every layer in AWS is there and has what it should."""
    world.packaged(BASE)
    world.override({"database": {"host": "override"}})
    world.aws.parameters["/prod/port"] = ("String", "6000")
    world.aws.secrets["prod/database"] = '{"password": "hunter2", "host": "secret"}'
    world.set(**REMOTE)
    return world


@pytest.fixture
def fresh_loop() -> Iterator[None]:
    """No event loop is kept from test to test."""
    _forget_loop()
    yield
    _forget_loop()


def _forget_loop() -> None:
    end()
    kept.own = None
    asyncio.set_event_loop(None)
