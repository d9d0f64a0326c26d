"""Runs a command that refuses to run as root, although we are root.

    python -I -S unprivileged.py FOLDER COMMAND...

PostgreSQL refuses user id 0. A laptop's user is not root and never comes here; in a container we often are root, and
neither a system user nor a change outside of FOLDER is wanted. Two ways, tried in this order:

1. A user namespace in which our user id has another number. Nothing changes for the files: the command owns what
   root owns. Some container engines forbid it.
2. Become the kernel's overflow user (65534, "nobody") and give FOLDER to it. It keeps the one capability to pass
   folders that are closed to others, such as /root, on the way to FOLDER and to the command itself.

Linux only; started as a file in isolated mode. The numbers are those of linux/sched.h, prctl.h and capability.h.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

INSIDE_ID = 1000
NOBODY_ID = 65534
_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG, _PR_SET_SECUREBITS, _PR_CAP_AMBIENT = 1, 28, 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 4
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522
_libc = ctypes.CDLL(None, use_errno=True)


def main(arguments: list[str]) -> None:
    """Replaces this process by the command, under a user id that is not 0."""
    signal.signal(
        signal.SIGINT, signal.SIG_DFL
    )  # Python's own handler would forget the signal when exec comes next
    folder, command = Path(arguments[0]), arguments[1:]
    user, group = os.geteuid(), os.getegid()
    parent = os.getppid()
    if user == 0:
        if _libc.unshare(_CLONE_NEWUSER) == 0:
            _map_ids(user, group)
        else:
            _become_nobody(folder)
    # A change of identity clears the signal that the keeper had arranged for its own death.
    _check(_libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0))
    if os.getppid() == parent:
        os.execv(command[0], command)  # noqa: S606 - an argument list, as everywhere here


def _map_ids(user: int, group: int) -> None:
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{INSIDE_ID} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{INSIDE_ID} {group} 1")


def _become_nobody(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY_ID, NOBODY_ID, follow_symlinks=False)
    # Keeps the capabilities when the user changes, and lets access(2) count with them, by which PostgreSQL finds itself.
    _check(_libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0))
    os.setgroups([])
    os.setresgid(NOBODY_ID, NOBODY_ID, NOBODY_ID)
    os.setresuid(NOBODY_ID, NOBODY_ID, NOBODY_ID)
    mask = 1 << _CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(
        mask, mask, mask, 0, 0, 0
    )  # effective, permitted, inheritable; twice 32 bits
    _check(_libc.capset(header, sets))
    _check(_libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main(sys.argv[1:])
