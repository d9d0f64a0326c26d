"""What must not be the same in two processes of one snapshot is not."""

from pathlib import Path

import pytest
from snapshots import printed, snapshot

from constructs_lib.bundling import Artifact

PROGRAM = """
import os, sys, logging, random, secrets, ssl, tempfile, threading, uuid
from thaw_runtime.renewal import Renewal
random.random(), tempfile.mktemp(), uuid.uuid1(), uuid.uuid4(), ssl.RAND_bytes(16), secrets.token_hex()
environment, own = os.environ, random.Random(1)
renewal = Renewal()
renewal.renew(int(os.getloadavg()[0]))
exec(os.environ["CODE"])
"""
STARTS = 200
DRAWN = {
    "random": "random.random()",
    "a generator of the user's": "own.random()",
    "secrets": "secrets.token_hex()",
    "tempfile": "tempfile.mktemp()",
    "uuid1": "uuid.uuid1()",
    "uuid4": "uuid.uuid4()",
    "ssl": "ssl.RAND_bytes(16).hex()",
}


@pytest.fixture(scope="session")
def task_root(artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return snapshot(PROGRAM, artifact, tmp_path_factory.mktemp("renewal") / "root")


def test_no_value_repeats_in_two_hundred_starts(task_root: Path) -> None:
    code = "print(*[" + ", ".join(DRAWN.values()) + "])"
    starts = [printed(task_root, code).split(" ") for _ in range(STARTS)]
    assert {
        name: len(set(values)) for name, values in zip(DRAWN, zip(*starts, strict=True), strict=True)
    } == dict.fromkeys(DRAWN, STARTS)


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
