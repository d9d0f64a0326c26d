"""Libraries that notice a fork notice a new process of a snapshot, and draw random numbers of their own."""

from pathlib import Path

import pytest
from snapshots import inside, printed, snapshot

from constructs_lib.bundling import Artifact

# What a library in C does, through libc itself: pages that are empty after a fork (MADV_WIPEONFORK is 18), functions that
# are called in a fork, and the number of the process.
PROGRAM = """
import ctypes, mmap, os, ssl, sys
libc, called = ctypes.CDLL(None), []
handler = ctypes.CFUNCTYPE(None)
handlers = [handler(lambda name=name: called.append(name)) for name in ("prepare 1", "child 1", "prepare 2", "child 2")]
libc.__register_atfork(handlers[0], None, handlers[1], None)
libc.__register_atfork(handlers[2], None, handlers[3], None)
page, kept = (mmap.mmap(-1, 8192, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) for _ in range(2))
page[:], kept[:] = b"x" * 8192, b"y" * 8192
assert libc.madvise(ctypes.byref(ctypes.c_char.from_buffer(page)), ctypes.c_size_t(4096), 18) == 0
ssl.RAND_bytes(16)
number = os.getpid()
environment = int(os.getloadavg()[0])
with open(environment) as file:
    os.environ.update(each.split("=", 1) for each in file.read().split("\\0") if each)
exec(os.environ["CODE"])
"""
IN_A_CHILD = """
page[:4096] = b"z" * 4096
called.clear()
if (child := os.fork()) == 0:
    print(page[:] == bytes(4096) + b"x" * 4096, flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""
# The first process of a namespace has the number 1.
ALONE = ["unshare", "--user", "--map-root-user", "--pid", "--fork"]


@pytest.fixture(scope="module")
def task_root(artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return snapshot(PROGRAM, artifact, tmp_path_factory.mktemp("fork") / "root")


def test_what_is_called_around_a_fork_is_called(task_root: Path) -> None:
    """In the order of fork: first those of the last who registered, then those of the first."""
    assert printed(task_root, "print(called)") == "['prepare 2', 'prepare 1', 'child 1', 'child 2']"


def test_what_is_empty_after_a_fork_is_empty_and_nothing_else(task_root: Path) -> None:
    code = "print(page[:] == bytes(4096) + b'x' * 4096, kept[:] == b'y' * 8192)"
    assert printed(task_root, code) == "True True"


def test_it_is_empty_after_the_forks_to_come_as_well(task_root: Path) -> None:
    assert printed(task_root, IN_A_CHILD) == "True"


def test_no_process_has_the_number_of_the_build(task_root: Path) -> None:
    code = "print(number > 1 << 22, os.getpid() == int(os.readlink('/proc/self')))"
    assert printed(task_root, code) == "True True"


def test_openssl_notices_where_the_kernel_gives_the_number_of_the_build_again(
    artifact: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snapshots.inside", lambda root, mode: [*ALONE, *inside(root, mode)])
    root = snapshot(PROGRAM, artifact, tmp_path / "root")
    drawn = [printed(root, "print(os.getpid(), ssl.RAND_bytes(16))") for _ in range(3)]
    assert {each.split(" ")[0] for each in drawn} == {"1"}
    assert len(set(drawn)) == 3


def test_the_load_average_is_the_system_s_from_then_on(task_root: Path) -> None:
    code = """
def fifteen_minutes(): return float(open("/proc/loadavg").read().split()[2])
before, own, after = fifteen_minutes(), os.getloadavg()[2], fifteen_minutes()
print(min(before, after) - 0.01 <= own <= max(before, after) + 0.01)
"""
    assert printed(task_root, code) == "True"
