"""What holds for every test."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests import builds

# A busy machine makes tests slow and not wrong.
settings.register_profile("thaw", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("thaw")

# A shell starts what it puts in the background with Ctrl-C ignored, and processes hand that on; the tests that interrupt
# a process would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Where bytecode is not written, every process of the tests compiles the project anew, and pytest rewrites every module.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


# Where tests are dealt out to processes, what takes longest goes first, so that no process is left with a long file when
# the others have ended. The longest first, as measured; the others take seconds.
LONGEST = (
    "test_demo.py",
    "test_examples.py",
    "test_observatory.py",
    "test_cloud.py",
    "test_configuration.py",
    "test_network.py",
    "test_container_functions.py",
    "test_snapshot_processors.py",
    "test_snapshot_numbers.py",
    "test_snapshot_afterwards.py",
)


def pytest_configure(config: pytest.Config) -> None:
    config.option.loadscopereorder = False  # it would deal out first what has many tests
    if hasattr(config, "workerinput"):
        builds.share(Path(config.workerinput["cache"]))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """The processes build in the cache of the one that deals out."""
    node.workerinput["cache"] = str(builds.shared_cache())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))
