"""A snapshot lies where it was built for, or moves there, or starts portably; nobody else notices."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest
from runtime_api import Environment, RuntimeApi
from snapshots import snapshot

from constructs_lib.bundling import Artifact, Start
from tests import builds

PROGRAM = """
import os, sys, subprocess, time
with open(int(os.getloadavg()[0])) as file:
    os.environ.update(each.split("=", 1) for each in file.read().split("\\0") if each)
exec(os.environ["CODE"])
"""
PATH = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
# A copy of the root whose /var is the test's, in namespaces of the test's; further arguments are executed there.
OWN_ROOT = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-euc"]
WHOLE = 'mount -t tmpfs none /var; mkdir -p /var/task /var/other; exec "$@"'
WITHOUT_TASK = (
    'mount -t tmpfs none /var; mkdir /var/other; echo text > /var/file; ln -s file /var/link; exec "$@"'
)
WITHOUT_VAR = """
mount -t tmpfs none /mnt
for each in /*; do
    if [ "$each" = /var ] || [ "$each" = /mnt ]; then continue
    elif [ -L "$each" ]; then cp -P "$each" /mnt
    elif [ -d "$each" ]; then mkdir "/mnt$each"; mount --rbind "$each" "/mnt$each"
    fi
done
here=$PWD; cd /mnt; pivot_root . .; umount -l .; cd "$here"; exec "$@"
"""
UNPRIVILEGED = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
# What a container's default profile does to unshare(2), by a filter as in seccomp(2).
CONFINED = """
import ctypes, os, struct, sys
load, compare, refuse, allow = (0x20, 0, 0, 0), (0x15, 0, 1, int(sys.argv[1])), (6, 0, 0, 0x50001), (6, 0, 0, 0x7FFF0000)
instructions = ctypes.create_string_buffer(struct.pack("<" + "HBBI" * 4, *load, *compare, *refuse, *allow))
program = ctypes.create_string_buffer(struct.pack("@HP", 4, ctypes.addressof(instructions)))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0
os.execv(sys.argv[2], sys.argv[2:])
"""
UNSHARE, MOUNT = "272", "165"
# A user without capabilities who may make a user namespace, and may then not write down who is who in it.
WITHOUT_IDENTITY = 'mount -o remount,bind,ro /proc; exec setpriv --bounding-set=-all --inh-caps=-all "$@"'


@pytest.fixture(scope="module")
def task_root(artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return snapshot(PROGRAM, artifact, tmp_path_factory.mktemp("places") / "root")


@pytest.fixture(scope="module")
def built(task_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The task root of a function that echoes its event, as a build makes it."""
    return builds.built(
        builds.function(tmp_path_factory.mktemp("built") / "hello"), start=Start.SNAPSHOT
    ).root


def started(
    command: Sequence[str | Path], code: str, folder: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={"CODE": textwrap.dedent(code), **PATH, **variables},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def printed(command: Sequence[str | Path], code: str, folder: Path, **variables: str) -> str:
    done = started(command, code, folder, **variables)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.mark.parametrize("user", [[], UNPRIVILEGED], ids=["root", "somebody"])
@pytest.mark.parametrize(
    "root",
    [WHOLE, WITHOUT_TASK, WITHOUT_VAR],
    ids=["the folder exists", "its parent exists", "nothing exists"],
)
def test_elsewhere_it_runs_where_it_was_built_for(
    task_root: Path, tmp_path: Path, root: str, user: list[str]
) -> None:
    command = [*OWN_ROOT, root, "sh", *user, str(task_root / "bootstrap")]
    code = "print(os.readlink('/proc/self/exe'), sorted(os.listdir('/var/task')) == sorted(os.listdir(os.environ['FROM'])))"
    assert printed(command, code, tmp_path, FROM=str(task_root)) == "/var/task/bootstrap True"


@pytest.mark.parametrize("root", [WHOLE, WITHOUT_TASK, WITHOUT_VAR])
def test_everything_else_is_where_it_was(task_root: Path, tmp_path: Path, root: str) -> None:
    (tmp_path / "before").write_text("before")
    code = """
        open("after", "w").write(open("before").read())
        shown = [os.getcwd(), os.getuid(), os.path.exists("/proc/self/maps"), os.path.exists("/dev/null")]
        print(*shown, set(os.listdir("/")) >= {"dev", "proc", "tmp", "usr", "var"})
    """
    shown = printed([*OWN_ROOT, root, "sh", *UNPRIVILEGED, str(task_root / "bootstrap")], code, tmp_path)
    assert shown == f"{tmp_path} 1000 True True True"
    assert (tmp_path / "after").read_text() == "before"


def test_the_neighbours_of_a_place_that_did_not_exist_are_the_same_files(
    task_root: Path, tmp_path: Path
) -> None:
    code = """
        open("/var/other/new", "w").write("written")
        open("/var/file", "a").write(os.readlink("/var/link"))
    """
    root = WITHOUT_TASK.replace("exec", "") + "; find /var; cat /var/file /var/other/new"
    shown = printed([*OWN_ROOT, root, "sh", str(task_root / "bootstrap")], code, tmp_path).splitlines()
    assert sorted(shown[:5]) == ["/var", "/var/file", "/var/link", "/var/other", "/var/other/new"]
    assert shown[5:] == ["text", "filewritten"]


def test_a_file_that_nobody_else_would_see_cannot_be_made(task_root: Path, tmp_path: Path) -> None:
    done = started(
        [*OWN_ROOT, WITHOUT_TASK, "sh", str(task_root / "bootstrap")], "open('/var/new', 'w')", tmp_path
    )
    assert done.stderr.splitlines()[-1] == "OSError: [Errno 30] Read-only file system: '/var/new'"


@pytest.mark.parametrize(("named", "becomes"), [(".", "/var/task"), ("thaw", "thaw"), ("nowhere", "nowhere")])
def test_the_variable_that_names_its_folder_names_the_new_one(
    task_root: Path, tmp_path: Path, named: str, becomes: str
) -> None:
    value = str(task_root / named)
    expected = becomes if becomes.startswith("/") else value
    command = [*OWN_ROOT, WHOLE, "sh", str(task_root / "bootstrap")]
    assert (
        printed(command, "print(os.environ['LAMBDA_TASK_ROOT'])", tmp_path, LAMBDA_TASK_ROOT=value)
        == expected
    )


def test_it_starts_from_where_it_has_moved_to(task_root: Path, tmp_path: Path) -> None:
    """By its old path and by the new one, with nothing mounted again; and its own interpreter as a child."""
    code = """
        again = {**os.environ, "CODE": "print(os.readlink('/proc/self/exe') in [os.environ['OLD'], '/var/task/bootstrap'])"}
        for path in (os.environ["OLD"], "/var/task/bootstrap"):
            subprocess.run([path], env=again, check=True)
        subprocess.run([sys.executable, "-c", "import sys; print(sys.prefix)"], check=True)
    """
    command = [*OWN_ROOT, WITHOUT_TASK, "sh", *UNPRIVILEGED, str(task_root / "bootstrap")]
    shown = printed(command, code, tmp_path, OLD=str(task_root / "bootstrap"))
    assert shown.splitlines() == ["True", "True", "/var/task/thaw"]


def test_a_link_at_its_place_is_enough(task_root: Path, tmp_path: Path) -> None:
    """Nothing is mounted, so the executable is still where it was started."""
    root = f'mount -t tmpfs none /var; ln -s "{task_root}" /var/task; exec "$@"'
    command = [*OWN_ROOT, root, "sh", str(task_root / "bootstrap")]
    assert printed(command, "print(os.readlink('/proc/self/exe'))", tmp_path) == str(task_root / "bootstrap")


def test_no_mount_is_left_and_the_process_is_the_one_that_was_started(
    task_root: Path, tmp_path: Path
) -> None:
    before = Path("/proc/self/mountinfo").read_text()
    code = "print(os.getpid(), flush=True); time.sleep(60)"
    with subprocess.Popen(
        [task_root / "bootstrap"], env={"CODE": code}, cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{process.pid}\n"
        process.kill()
        assert process.wait() == -signal.SIGKILL
    assert Path("/proc/self/mountinfo").read_text() == before


def test_no_mount_spreads_to_those_who_share_theirs(task_root: Path, tmp_path: Path) -> None:
    """As under systemd, where mounts are shared by default, and with the right to mount for all to see."""
    root = """
        mount --make-rshared /; mount -t tmpfs none /var
        cat /proc/self/mountinfo > before; "$@"; cat /proc/self/mountinfo > after
    """
    code = "print(os.readlink('/proc/self/exe'))"
    assert (
        printed([*OWN_ROOT, root, "sh", str(task_root / "bootstrap")], code, tmp_path)
        == "/var/task/bootstrap"
    )
    assert (tmp_path / "before").read_text() == (tmp_path / "after").read_text() != ""


def test_the_exit_status_passes(task_root: Path, tmp_path: Path) -> None:
    assert started([task_root / "bootstrap"], "sys.exit(3)", tmp_path).returncode == 3


def test_ignored_children_do_not_disturb_it(task_root: Path, tmp_path: Path) -> None:
    """A process inherits that SIGCHLD is ignored; the kernel then keeps no child's status."""
    command = ["sh", "-c", 'trap "" CHLD; exec "$0"', str(task_root / "bootstrap")]
    assert printed(command, "print(os.readlink('/proc/self/exe'))", tmp_path) == "/var/task/bootstrap"


@pytest.mark.parametrize(
    ("refusing", "reason"),
    [
        ([sys.executable, "-I", "-S", "-c", CONFINED, UNSHARE], "have a namespace in which it is"),
        ([*OWN_ROOT, WITHOUT_IDENTITY, "sh"], "keep its user in a namespace in which it is"),
        ([sys.executable, "-I", "-S", "-c", CONFINED, MOUNT], "mount it there"),
    ],
    ids=["namespaces", "identities", "mounts"],
)
def test_where_that_is_refused_it_says_why_and_starts_portably(
    task_root: Path, api: RuntimeApi, tmp_path: Path, refusing: list[str], reason: str
) -> None:
    """Nothing of the attempt is left: the process is the user, and sees the mounts, that it was started with."""
    code = "import os\ndef handle(event, context): return [os.getuid(), os.readlink('/proc/self/ns/mnt')]\n"
    folder = builds.function(tmp_path / "task", handler=code)
    variables = {
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "_HANDLER": "handler.handle",
        "LAMBDA_TASK_ROOT": str(folder),
    }
    script = 'readlink /proc/self/ns/mnt; exec "$@"'
    command = [*refusing, "/bin/sh", "-euc", script, "sh", str(task_root / "bootstrap")]
    with Environment(command, {**variables, **PATH}, tmp_path) as environment:
        user, mounts = json.loads(api.invoke().body)
    why = f"the task root is not where the snapshot was built for, and this process may not {reason}"
    assert environment.output() == (f"{mounts}\n", f"bootstrap: {why}; starting without the snapshot\n")
    assert user == (0 if refusing[0] == "unshare" else os.getuid())


def test_a_built_function_answers_from_its_snapshot_wherever_it_lies(
    built: Path, api: RuntimeApi, tmp_path: Path
) -> None:
    variables = {"AWS_LAMBDA_RUNTIME_API": api.address, "_HANDLER": "handler.handle"}
    with Environment([built / "bootstrap"], variables, tmp_path) as environment:
        assert api.invoke(b'{"answer": 42}').body == b'{"answer": 42}'
    assert environment.output() == ("", "")


@pytest.mark.parametrize("name", ["bootstrap", "thaw/bin/portable"])
def test_a_root_without_proc_or_anything_else_is_enough(
    built: Path, api: RuntimeApi, tmp_path: Path, name: str
) -> None:
    """FROM scratch: no libc, no /proc, no /tmp, no /dev."""
    (tmp_path / "var/task").mkdir(parents=True)
    script = 'mount --rbind "$0" var/task; exec unshare --root=. "/var/task/$1"'
    variables = {"AWS_LAMBDA_RUNTIME_API": api.address, "_HANDLER": "handler.handle", **PATH}
    with Environment([*OWN_ROOT, script, built, name], variables, tmp_path) as environment:
        assert api.invoke(b'{"answer": 42}').body == b'{"answer": 42}'
    assert environment.output() == ("", "")
