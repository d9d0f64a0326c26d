"""What must not be the same in two processes of one snapshot is not."""

from pathlib import Path

import pytest
from snapshots import printed, snapshot

from constructs_lib.bundling import Artifact

PROGRAM = """
import os, sys, logging, threading
from thaw_runtime.renewal import Renewal
environment = os.environ
renewal = Renewal()
renewal.renew(int(os.getloadavg()[0]))
exec(os.environ["CODE"])
"""


@pytest.fixture(scope="session")
def task_root(artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return snapshot(PROGRAM, artifact, tmp_path_factory.mktemp("renewal") / "root")


def test_the_environment_is_renewed_in_place(task_root: Path) -> None:
    code = "print(environment is os.environ, 'ONLY_AT_BUILD' in environment, environment['NEW'], os.getenv('NEW'))"
    assert printed(task_root, code, NEW="1") == "True False 1 1"


def test_a_change_of_the_environment_reaches_children(task_root: Path) -> None:
    code = (
        "import subprocess\nos.environ['ADDED'] = 'yes'\n"
        "child = [sys.executable, '-c', 'import os; print(os.environ[\"ADDED\"])']\n"
        "print(subprocess.run(child, stdout=subprocess.PIPE, text=True, check=True).stdout)"
    )
    assert printed(task_root, code) == "yes"


def test_the_main_thread_knows_its_number(task_root: Path) -> None:
    assert printed(task_root, "print(threading.main_thread().native_id == os.getpid())") == "True"


def test_log_records_count_from_the_start_of_this_process(task_root: Path) -> None:
    code = "print(0 <= logging.makeLogRecord({}).relativeCreated < 60_000)"
    assert printed(task_root, code) == "True"
