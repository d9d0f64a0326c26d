"""A process that is left in a file and taken up again goes on in the next line, in a new process of its own."""

import time
from pathlib import Path

import pytest
from snapshots import printed, snapshot, taken_up

from constructs_lib.bundling import Artifact

# Everything before getloadavg happens once, at build time; the rest in every process, with code from its environment.
PROGRAM = """
import os, sys, threading, time
kept = {"answer": [42]}
os.getloadavg()
variables = dict(each.split("=", 1) for each in open("/proc/self/environ").read().split("\\0") if each)
exec(variables["CODE"])
"""


@pytest.fixture(scope="session")
def task_root(artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return snapshot(PROGRAM, artifact, tmp_path_factory.mktemp("snapshot") / "root")


def test_objects_are_there_as_they_were_left(task_root: Path) -> None:
    assert printed(task_root, "kept['answer'].append(1); print(kept)") == "{'answer': [42, 1]}"


def test_a_hundred_processes_out_of_a_hundred_go_on_with_random_addresses(task_root: Path) -> None:
    assert Path("/proc/sys/kernel/randomize_va_space").read_text().strip() != "0"
    assert [printed(task_root, "print(kept)") for _ in range(100)] == ["{'answer': [42]}"] * 100


def test_the_environment_is_the_new_process_s(task_root: Path) -> None:
    code = "print(variables.get('NEW'), variables.get('ONLY_AT_BUILD'))"
    assert printed(task_root, code, NEW="1") == "1 None"


def test_the_clock_is_the_new_process_s(task_root: Path) -> None:
    before = time.time()
    assert before <= float(printed(task_root, "print(time.time())")) <= time.time()


def test_process_and_thread_numbers_are_the_new_process_s(task_root: Path) -> None:
    code = "print(os.getpid() == threading.get_native_id() == int(os.readlink('/proc/self')))"
    assert printed(task_root, code) == "True"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("t = threading.Thread(target=print, args=['thread']); t.start(); t.join()", "thread"),
        (
            (
                "import subprocess\nchild = [sys.executable, '-I', '-c', 'print(1)']\n"
                "print(subprocess.run(child, stdout=subprocess.PIPE, check=True).stdout)"
            ),
            r"b'1\n'",
        ),
        (
            "pid = os.fork()\nif not pid: os._exit(7)\nprint(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))",
            "7",
        ),
        ("import _ctypes, zlib, _decimal; print(zlib.decompress(zlib.compress(b'x')))", "b'x'"),
        ("x = bytearray(300_000_000); x[-1] = 1; print(len(x))", "300000000"),
        (
            "import gc; x = [[] for _ in range(200_000)]; x[0].append(x); del x; print(gc.collect() > 0)",
            "True",
        ),
        ("import socket; print(socket.getaddrinfo('127.0.0.1', 80)[0][4][1])", "80"),
        ("import asyncio; print(asyncio.run(asyncio.sleep(0, 'loop')))", "loop"),
        (
            "print(''.join(map(str, sorted({1.5, 2}))), 3 ** 200 % 7, f'{0.1:.20f}')",
            "1.52 2 0.10000000000000000555",
        ),
        ("print(len(os.urandom(16)), os.getcwd() == os.environ.get('PWD', os.getcwd()))", "16 True"),
    ],
    ids=[
        "threads",
        "subprocess",
        "fork",
        "C modules",
        "300 MB",
        "cycles",
        "names",
        "asyncio",
        "numbers",
        "entropy",
    ],
)
def test_what_python_can_do_it_can_do_afterwards(task_root: Path, code: str, expected: str) -> None:
    assert printed(task_root, code) == expected


def test_the_exit_status_is_the_program_s(task_root: Path) -> None:
    assert taken_up(task_root, "sys.exit(3)").returncode == 3


def test_an_error_has_its_traceback(task_root: Path) -> None:
    result = taken_up(task_root, "raise ValueError('afterwards')")
    assert (result.returncode, result.stderr.splitlines()[-1]) == (1, "ValueError: afterwards")


def test_signal_handlers_are_set_again(task_root: Path) -> None:
    code = "import signal\ntry: signal.raise_signal(signal.SIGINT)\nexcept KeyboardInterrupt: print('interrupted')"
    assert printed(task_root, code) == "interrupted"


def test_a_closed_pipe_is_an_error_and_no_death(task_root: Path) -> None:
    code = "r, w = os.pipe(); os.close(r)\ntry: os.write(w, b'x')\nexcept BrokenPipeError: print('survived')"
    assert printed(task_root, code) == "survived"
