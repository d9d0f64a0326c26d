"""What a snapshot cannot hold is refused at build time, with the place in the code and what to do about it."""

import subprocess
from pathlib import Path

import pytest
from initialised import from_code, initialised

from constructs_lib.bundling import ThawError, initialisation
from tests import builds

# One line for each thing that must not be; the tests below name what they expect to be said of it.
EVERYTHING = """
import asyncio, faulthandler, mmap, os, resource, signal, socket, subprocess, sys, tempfile, threading
idle = threading.Event()
threading.Thread(target=idle.wait, name="of the module", daemon=True).start()  # starts
faulthandler.dump_traceback_later(1000)
connection = socket.socket()  # opens a socket
file = open("/var/task/handler.py")  # opens a file
temporary = tempfile.NamedTemporaryFile(prefix="kept-")  # opens a temporary file
loop = asyncio.new_event_loop()  # opens a loop
shared = mmap.mmap(-1, 4096)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
inherited = os.open("/dev/null", os.O_WRONLY)
os.dup2(inherited, 1)
os.close(0)
resource.setrlimit(resource.RLIMIT_NOFILE, (333, 333))
os.nice(3)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
signal.setitimer(signal.ITIMER_REAL, 1000)
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
os.setpgid(0, 0)
region = os.environ["AWS_REGION"]  # reads a variable
secret = os.getenv("SECRET")  # reads an unknown variable
every = dict(os.environ)  # reads all variables
name = os.environb[b"AWS_LAMBDA_FUNCTION_NAME"]  # reads bytes
"""


def refused(folder: Path, code: str, **options: object) -> str:
    """What is said of a function that cannot be built."""
    with pytest.raises(ThawError) as caught:
        from_code(folder, code, **options)
    return str(caught.value)


@pytest.fixture(scope="session")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("refused") / "everything"
    return refused(folder, EVERYTHING, environment={"SECRET": None})


def line_of(comment: str) -> str:
    number = next(n for n, line in enumerate(EVERYTHING.splitlines(), 1) if line.endswith(f"# {comment}"))
    return f"/var/task/handler.py:{number}"


@pytest.mark.parametrize(
    ("what", "comment"),
    [
        ("leaves a thread running: 'of the module'", "starts"),
        ("leaves a file or socket open: descriptor {}, which is socket:[", "opens a socket"),
        ("leaves a file or socket open: descriptor {}, which is /var/task/handler.py", "opens a file"),
        ("leaves a file or socket open: descriptor {}, which is /tmp/kept-", "opens a temporary file"),
        ("leaves a file or socket open: descriptor {}, which is anon_inode:[eventpoll]", "opens a loop"),
        ("reads AWS_REGION, whose value is not known at build time", "reads a variable"),
        ("reads SECRET, whose value is not known at build time", "reads an unknown variable"),
        ("reads AWS_LAMBDA_FUNCTION_NAME, whose value is not known at build time", "reads bytes"),
        ("reads all variables, some of which are not known at build time", "reads all variables"),
    ],
)
def test_a_refusal_names_what_it_is_and_where_it_came_from(said: str, what: str, comment: str) -> None:
    before, after = what.split("{}") if "{}" in what else (what, "")
    described = [
        part for part in said.split("the handler's module ") if part.startswith(before) and after in part
    ]
    assert any(f"{line_of(comment)}\n" in f"{each}\n".replace(" in <module>", "") for each in described)


@pytest.mark.parametrize(
    "what",
    [
        "leaves a thread running: 'ld-linux-x86-64', started by a library without Python's knowledge",
        "writes a file: /tmp/kept-",
        "shares memory with other processes: ",
        "leaves a process of its own behind: ",
        "replaces a standard stream: descriptor 0, now closed",
        "replaces a standard stream: descriptor 1, now /dev/null",
        "changes what the kernel keeps of its process: the limit 'Max open files'",
        "changes what the kernel keeps of its process: the niceness",
        "changes what the kernel keeps of its process: the signal mask",
        "changes what the kernel keeps of its process: a timer that runs",
        "changes what the kernel keeps of its process: the processors that it may run on",
        "changes what the kernel keeps of its process: the process group",
    ],
)
def test_a_refusal_names_also_what_has_no_place_in_the_code(said: str, what: str) -> None:
    assert f"the handler's module {what}" in said


@pytest.mark.parametrize(
    "change",
    [
        "read it inside the handler",
        "start it when it is first needed, or in a hook of snapshot_restore_py.register_after_restore",
        "close it in a hook of snapshot_restore_py.register_before_snapshot",
        "write it when it is first needed",
        "wait for it",
        "leave initialize_at_build_time off",
    ],
)
def test_a_refusal_says_what_to_do(said: str, change: str) -> None:
    assert change in said


def test_a_refused_function_leaves_no_child_behind(said: str) -> None:
    assert said
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "time.sleep(1000)" not in running


def test_an_error_while_importing_is_shown_with_its_place(tmp_path: Path) -> None:
    said = refused(tmp_path / "f", "def load():\n    raise KeyError('no such table')\nload()\n")
    assert "received: KeyError: 'no such table'\n    /var/task/handler.py:3 in <module>\n" in said
    assert "/var/task/handler.py:2 in load" in said


def test_a_module_that_exits_is_refused(tmp_path: Path) -> None:
    assert "received: SystemExit: 4" in refused(tmp_path / "f", "import sys; sys.exit(4)")


def test_a_module_that_ends_the_process_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path / "f", "import os; print('last words'); os._exit(0)")
    assert "exit status 0\nlast words" in said


def test_a_module_that_does_not_finish_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(initialisation, "PATIENCE_SECONDS", 2)
    said = refused(tmp_path / "f", "import threading; threading.Event().wait()")
    assert "it had not finished after 2 seconds" in said


def test_a_name_that_is_no_text_is_shown(tmp_path: Path) -> None:
    """Any byte but = may be in the name of a variable."""
    said = refused(
        tmp_path / "f", "import os; os.environ.get('\\udcff{what}')", environment={"\udcff{what}": None}
    )
    assert r"reads \udcff{what}, whose value is not known" in said


def test_a_hook_that_fails_before_the_snapshot_is_refused(tmp_path: Path) -> None:
    code = (
        "import snapshot_restore_py as s\n@s.register_before_snapshot\ndef close(): raise OSError('in use')\n"
    )
    assert "received: handler.close: OSError: in use" in refused(tmp_path / "f", code)


def test_preloading_what_leaves_a_thread_names_the_module(tmp_path: Path) -> None:
    """At the default level a module is blamed that the recipe names."""
    source = builds.function(tmp_path / "f")
    with pytest.raises(ThawError) as caught:
        initialised(source, initialize_at_build_time=False, preload=("antigravity", "no_such_module"))
    said = str(caught.value)
    assert "preloading no_such_module cannot be imported: no_such_module: ModuleNotFoundError" in said
