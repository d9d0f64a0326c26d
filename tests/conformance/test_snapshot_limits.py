"""Snapshots under the limits that a process may be given, of memory of any shape, and how processes that take them up end."""

import functools
import resource
import subprocess
from pathlib import Path

import pytest
import snapshots
from snapshots import printed, snapshot, taken_up

from constructs_lib.bundling import Architecture, Artifact
from constructs_lib.bundling.native import compile_snapshot_library

PROGRAM = """
import os, sys, threading, time, zlib
kept = {"answer": [42]}
"""
TAKEN_UP = """
with open(int(os.getloadavg()[0])) as file:
    os.environ.update(each.split("=", 1) for each in file.read().split("\\0") if each)
exec(os.environ["CODE"])
"""
MANY_MAPPINGS = """
import mmap
pages = [mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, [mmap.PROT_READ, 3][i % 2]) for i in range(700)]
for i in range(1, 700, 2): pages[i][:] = bytes([i % 251 + 1]) * 4096
"""
MUCH_MEMORY = """
kept = [os.urandom(1 << 20) for _ in range(150)]
checksum = zlib.crc32(b"".join(kept))
"""
MEGABYTE = 1 << 20
# Names of libc that a compiler calls by itself.
LOOPS = ("memcpy", "memmove", "memset", "memcmp", "strlen", "bcmp")


@pytest.fixture(scope="module")
def task_root(artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return snapshot(PROGRAM + TAKEN_UP, artifact, tmp_path_factory.mktemp("limits") / "root")


def limited(root: Path, limits: dict[int, int], code: str) -> str:
    def limit() -> None:
        for kind, value in limits.items():
            resource.setrlimit(kind, (value, value))

    done = subprocess.run(
        [root / "bootstrap"],
        env={"CODE": code},
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def segments(bootstrap: Path) -> int:
    """The number of program headers (ELF-64, e_phnum)."""
    return int.from_bytes(bootstrap.read_bytes()[56:58], "little")


@pytest.mark.parametrize(
    "limits",
    [
        {resource.RLIMIT_STACK: resource.RLIM_INFINITY},
        {resource.RLIMIT_STACK: 256 * 1024},
        {resource.RLIMIT_AS: 128 * MEGABYTE},
        {resource.RLIMIT_DATA: 64 * MEGABYTE},
        {resource.RLIMIT_MEMLOCK: 0, resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: 64 * 1024},
    ],
    ids=["an unlimited stack", "a small stack", "128 MB of addresses", "64 MB of data", "what others limit"],
)
def test_it_is_taken_up_under_limits(task_root: Path, limits: dict[int, int]) -> None:
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    if resource.RLIM_INFINITY in limits.values() and hard != resource.RLIM_INFINITY:
        pytest.skip("an unlimited stack is more than this system allows")
    code = "t = threading.Thread(target=print, args=[kept, len(bytearray(20_000_000))]); t.start(); t.join()"
    shown = {limited(task_root, limits, code) for _ in range(20)}
    assert shown == {"{'answer': [42]} 20000000"}


def test_what_does_not_fit_into_memory_is_an_error_of_python_s(task_root: Path) -> None:
    code = "try: bytearray(200_000_000)\nexcept MemoryError: print('refused')"
    assert limited(task_root, {resource.RLIMIT_AS: 128 * MEGABYTE}, code) == "refused"


def test_hundreds_of_mappings_are_taken_up(artifact: Artifact, tmp_path: Path) -> None:
    root = snapshot(PROGRAM + MANY_MAPPINGS + TAKEN_UP, artifact, tmp_path / "root")
    assert segments(root / "bootstrap") == 73, (
        "as many as every kernel takes; the image maps the others itself"
    )
    code = "print(all(each[:] == bytes([i % 2 * (i % 251 + 1)]) * 4096 for i, each in enumerate(pages)))"
    assert printed(root, code) == "True"


def test_150_megabytes_are_taken_up(artifact: Artifact, tmp_path: Path) -> None:
    root = snapshot(PROGRAM + MUCH_MEMORY + TAKEN_UP, artifact, tmp_path / "root")
    assert (root / "bootstrap").stat().st_size > 150 * MEGABYTE
    assert printed(root, "print(zlib.crc32(b''.join(kept)) == checksum)") == "True"


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("print('out', flush=True); os._exit(4)", 4, "out"),
        ("import atexit; atexit.register(print, 'atexit'); sys.exit(3)", 3, "atexit"),
        ("threading.Thread(target=time.sleep, args=[3600], daemon=True).start(); print('end')", 0, "end"),
        (
            "threading.Thread(target=lambda: (threading.main_thread().join(), print('last'))).start()",
            0,
            "last",
        ),
        ("import signal; signal.signal(signal.SIGTERM, signal.SIG_DFL); os.kill(os.getpid(), 15)", -15, ""),
    ],
    ids=["_exit", "exit", "a daemon thread", "a thread that outlives the main thread", "a signal"],
)
def test_it_ends_as_any_process(task_root: Path, code: str, status: int, expected: str) -> None:
    """The thread that the kernel had started at build time, and that waits there for ever, is waited for by nobody."""
    done = taken_up(task_root, code)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (status, expected, "")


@pytest.mark.parametrize(
    "code",
    [
        "print(len(os.listdir('/proc/self/task')))",
        # libc has every thread that it knows make this call (nptl/nptl_setxid.c), and waits for them.
        "os.setgid(os.getgid()); os.setuid(os.getuid()); print(1)",
        (
            "threading.Thread(target=time.sleep, args=[3600], daemon=True).start()\n"
            "os.setgid(os.getgid()); os.setuid(os.getuid()); print(1)"
        ),
        "pid = os.fork(); print(1, flush=True) if pid else sys.exit(); os.waitpid(pid, 0)",
    ],
    ids=["the kernel counts it alone", "identity", "identity with another thread", "fork"],
)
def test_no_thread_of_the_build_is_missed(task_root: Path, code: str) -> None:
    assert printed(task_root, code) == "1"


def test_undefined_behaviour_would_end_the_build_and_the_start(
    artifact: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        snapshots, "compile_snapshot_library", functools.partial(compile_snapshot_library, debug=True)
    )
    root = snapshot(PROGRAM + TAKEN_UP, artifact, tmp_path / "root")
    assert printed(root, "print(kept)") == "{'answer': [42]}"
    assert limited(root, {}, "print(os.readlink('/proc/self/exe'))") == "/var/task/bootstrap"


@pytest.mark.parametrize("architecture", Architecture)
@pytest.mark.parametrize("debug", [False, True])
def test_the_start_calls_nothing_that_was_chosen_for_another_processor(
    tmp_path: Path, architecture: Architecture, *, debug: bool
) -> None:
    compile_snapshot_library(tmp_path / "library.so", architecture=architecture, debug=debug)
    library = (tmp_path / "library.so").read_bytes()
    assert [name for name in LOOPS if b"\0" + name.encode() + b"\0" in library] == []
