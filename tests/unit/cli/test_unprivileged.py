"""PostgreSQL although we are root; whoever is not root never comes here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from thaw_cli.local import keeper

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user id")

# Starts a server and prints the user id it runs under, as this process sees it.
REPORT = """
import sys
from pathlib import Path
from thaw_cli.local.postgres import Postgres
with Postgres(Path(sys.argv[1])) as server:
    pid = (Path(sys.argv[1]) / "data" / "postmaster.pid").read_text().split()[0]
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    print(status["Uid"].split()[1])
"""
# Makes unshare(2) fail for this process and its children, in the way container engines do: by a seccomp filter.
REFUSE = """
import ctypes, platform, struct
number = {"x86_64": 272, "aarch64": 97}[platform.machine()]
load, jump, ret, errno_eperm, allow = 0x20, 0x15, 0x06, 0x00050001, 0x7FFF0000
steps = [(load, 0, 0, 0), (jump, 0, 1, number), (ret, 0, 0, errno_eperm), (ret, 0, 0, allow)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
assert ctypes.CDLL(None).prctl(22, 2, program, 0, 0) == 0
"""


def user_of_server(script: str, folder: Path) -> int:
    environment = {**os.environ, "PYTHONPATH": str(Path(keeper.__file__).parents[2])}
    command = [sys.executable, "-c", script, str(folder)]
    result = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return int(result.stdout)


def test_root_runs_it_in_a_user_namespace_in_which_the_files_stay_its_own(tmp_path: Path) -> None:
    assert user_of_server(REPORT, tmp_path) == 0
    assert (tmp_path / "data" / "PG_VERSION").stat().st_uid == 0


def test_root_runs_it_as_nobody_where_user_namespaces_are_refused_and_folders_are_closed(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o700)

    assert user_of_server(REFUSE + REPORT, tmp_path) == 65534
