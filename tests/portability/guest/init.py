"""The first and only process of the guest: tries out what the host asked for, says how it went, and powers off.

Runs on the artifact's own interpreter, started by the kernel: there is no other program in the guest, and no libc but the
artifact's. What is asked lies in ``cases.json`` beside this file; each answer is a line on the console.
"""

import ctypes
import fcntl
import json
import os
import resource
import shutil
import socket
import struct
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runtime_api import RuntimeApi

TASK_ROOT = Path("/var/task")
# On an emulated processor a start takes seconds.
PATIENCE_SECONDS = 60.0
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1
LINUX_REBOOT_CMD_POWER_OFF = 0x4321FEDC
MS_BIND = 0x1000

_libc = ctypes.CDLL(None, use_errno=True)


def main(prepare: Callable[[], None] | None = None, task_root: Path | None = None) -> None:
    """Ends the guest, whatever happens.

    Args:
        prepare: called before anything is tried out.
        task_root: the folder to try out, if another than this program's own.
    """
    try:
        for target, kind in (("/proc", "proc"), ("/dev", "devtmpfs"), ("/tmp", "tmpfs")):
            _mount(kind, target, kind)
        _raise_loopback()
        if prepare is not None:
            prepare()
        if task_root is not None:
            _mount(str(task_root), str(TASK_ROOT), None, MS_BIND)
        for case in json.loads(Path(__file__).with_name("cases.json").read_text()):
            say({"case": case["name"], **_outcome(case)})
    except BaseException:  # noqa: BLE001 - it would be lost with the guest
        say({"failure": traceback.format_exc()})
    finally:
        _libc.reboot(LINUX_REBOOT_CMD_POWER_OFF)


def say(result: dict[str, Any]) -> None:
    """One line for the host, which finds it by its beginning."""
    sys.stdout.write(f"thaw: {json.dumps(result)}\n")
    sys.stdout.flush()


def _outcome(case: dict[str, Any]) -> dict[str, Any]:
    for name, value in case["settings"].items():
        Path("/proc/sys", *name.split(".")).write_text(str(value))
    root = _bare_root(with_proc=case["root"] == "proc") if case["root"] else None
    outcomes = [_start(case, root) for _ in range(case["times"])]
    return {
        "answers": [answer for answer, _ in outcomes if answer is not None],
        "said": sorted({said for _, said in outcomes if said}),
        "free_kib": _free_memory(),
    }


def _start(case: dict[str, Any], root: Path | None) -> tuple[Any, str]:
    """What one process of the artifact answered, None for nothing, and what it printed."""

    def prepare() -> None:
        for name, value in case["limits"].items():
            resource.setrlimit(getattr(resource, name), (value, value))
        if root is not None:
            os.chroot(root)
        os.chdir("/")

    with RuntimeApi(PATIENCE_SECONDS) as api, Path("/tmp/output").open("w+b") as output:
        variables = {**case["variables"], "AWS_LAMBDA_RUNTIME_API": api.address}
        process = subprocess.Popen(
            [TASK_ROOT / "bootstrap"],
            env=variables,
            preexec_fn=prepare,  # noqa: PLW1509 - there is one thread
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        answer, failure = None, ""
        try:
            api.await_next()
            answer = json.loads(api.invoke(json.dumps(case["event"]).encode())[0])
        except Exception as error:  # noqa: BLE001 - it is what the host wants to know
            failure = f"{type(error).__name__}: {error}; exit status {process.poll()}\n"
        process.kill()
        process.wait()
        output.seek(0)
        return answer, failure + output.read().decode(errors="replace").strip()


def _bare_root(*, with_proc: bool) -> Path:
    """A root that holds the task root and nothing else, except /proc where that is asked for."""
    root = Path("/tmp/with-proc" if with_proc else "/tmp/bare")
    shutil.rmtree(root, ignore_errors=True)
    (root / "var/task").mkdir(parents=True)
    _mount(str(TASK_ROOT), str(root / "var/task"), None, MS_BIND)
    if with_proc:
        (root / "proc").mkdir()
        _mount("proc", str(root / "proc"), "proc")
    return root


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        (flags,) = struct.unpack_from("16xH", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))


def _free_memory() -> int:
    lines = Path("/proc/meminfo").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("MemAvailable")))


def _mount(source: str, target: str, kind: str | None, flags: int = 0) -> None:
    encoded = [text and text.encode() for text in (source, target, kind)]
    if _libc.mount(*encoded, ctypes.c_ulong(flags), None) != 0:
        raise OSError(ctypes.get_errno(), f"mount {target}")


if __name__ == "__main__":
    main()
