"""Executes a command where a folder is ``/var/task``: ``python -I -S task_root.py MODE SCRATCH --at=PLACE=FOLDER... COMMAND...``.

A snapshot holds absolute paths, so it is made where it will be used. The folders are mounted, one at ``/var/task`` and perhaps
one at ``/opt``, read-only as on Lambda, in a root of its own, which has nothing else but /proc, the scratch folder at /tmp, and
four devices: what the command needs, the folders have, or it will be missed on Lambda as well. User and mount namespaces do that without root;
``COMMAND`` is a path inside. Without a command it only finds out whether this system allows all that.

``MODE`` is ``start``, or ``leave`` for a command whose memory is to be left and taken up:

- There is no network and no name of the host: no connection can be a part of a snapshot, and what code reads from either
  while it is imported would be the same for ever.

- No address is random and mappings grow upwards from a third of the address space (personality(2)), far from where the
  kernel puts the stack, the heap and the vdso of a new process. Where personality is refused, as Docker's default seccomp
  profile does, an unlimited stack has the same effect on the layout of mappings (mmap_base in the kernel's mm/util.c).
- The heap cannot grow (a seccomp filter answers brk with 0), so malloc takes all its memory from mappings too: everything
  lies in one range, and no heap of the new process can be in its way.
- libc does not register for restartable sequences, whose registration belongs to one process, and resolves every symbol
  at once, so that no first call of a function writes to memory later.
- libc looks for no locale: there is none, and it would remember that when the process is taken up where there are some.

Started as a file, in isolated mode, and replaced by the command. Linux only.
"""

import ctypes
import os
import platform
import resource
import struct
import sys
import tempfile
from pathlib import Path

WORKING_FOLDER = "/var/task"
MOUNT = "--at="
DEVICES = ("null", "zero", "random", "urandom")

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x04000000, 0x10000000, 0x40000000
HOST_NAME = b"build"
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    0x1,
    0x2,
    0x4,
    0x20,
    0x1000,
    0x4000,
    0x40000,
)
KEPT_FLAGS = os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC | os.ST_NOATIME | os.ST_NODIRATIME | os.ST_RELATIME
ADDR_NO_RANDOMIZE, ADDR_COMPAT_LAYOUT = 0x0040000, 0x0200000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
BRK = {"x86_64": 12, "aarch64": 214}
# Classic BPF: load the system call's number, compare, answer. See seccomp(2).
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
RETURN_ERRNO_0, RETURN_ALLOW = 0x00050000, 0x7FFF0000
# What the baseline x86-64-v3 does not have, so that libc chooses nothing beyond it.
TUNABLES = "glibc.pthread.rseq=0:glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX512CD,-AVX512DQ,-RTM"

_libc = ctypes.CDLL(None, use_errno=True)


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def main(mode: str, scratch: str, *more: str) -> None:
    """Replaces this process by the command."""
    mounts = [argument.removeprefix(MOUNT).split("=", 1) for argument in more if argument.startswith(MOUNT)]
    command = more[len(mounts) :]
    variables = _given_variables()
    _enter(
        {place: Path(folder).absolute() for place, folder in mounts},
        Path(scratch).absolute(),
        CLONE_NEWNET | CLONE_NEWUTS if mode == "leave" else 0,
    )
    if mode == "leave":
        _call("sethostname", HOST_NAME, len(HOST_NAME))
        _fix_addresses()
        variables |= {b"GLIBC_TUNABLES": TUNABLES.encode(), b"LD_BIND_NOW": b"1", b"LC_ALL": b"C"}
    if command:
        os.execve(command[0], command, variables)  # noqa: S606 - an argument list


def _given_variables() -> dict[bytes, bytes]:
    """As this process was given them; its interpreter may have added its choice of a locale, ``LC_CTYPE``."""
    entries = Path("/proc/self/environ").read_bytes().split(b"\0")
    return dict(entry.split(b"=", 1) for entry in entries if b"=" in entry)


def _enter(folders: dict[str, Path], scratch: Path, more: int) -> None:
    user, group = os.getuid(), os.getgid()
    _call("unshare", CLONE_NEWUSER | CLONE_NEWNS | more)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        Path(f"/proc/self/{name}").write_text(text)
    # The new root hides what lies below its mount point, perhaps the folders; their descriptors still lead to them.
    root, opened = (
        Path(tempfile.gettempdir()),
        [os.open(each, os.O_PATH) for each in (scratch, *folders.values())],
    )
    # What is mounted from here on is seen by nobody else, and gone with the last process that sees it.
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV)
    for place, descriptor in zip(folders, opened[1:], strict=True):
        target = root / place[1:]
        _bind(Path(f"/proc/self/fd/{descriptor}"), target)
        # Flags that the file system was mounted with cannot be dropped (mount_namespaces(7)); statvfs has the same numbers.
        _mount(None, target, None, MS_BIND | MS_REMOUNT | MS_RDONLY | os.statvfs(target).f_flag & KEPT_FLAGS)
    _bind(Path(f"/proc/self/fd/{opened[0]}"), root / "tmp")
    _bind(Path("/proc"), root / "proc")
    (root / "dev").mkdir()
    for name in DEVICES:
        (root / "dev" / name).touch()
        _mount(f"/dev/{name}", root / "dev" / name, None, MS_BIND)
    _mount(None, root, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)
    for descriptor in opened:
        os.close(descriptor)
    os.chroot(root)
    os.chdir(WORKING_FOLDER)


def _bind(folder: Path, target: Path) -> None:
    target.mkdir(parents=True)
    _mount(str(folder), target, None, MS_BIND | MS_REC)


def _mount(source: str | None, target: str | Path, kind: str | None, flags: int) -> None:
    encoded = [text and text.encode() for text in (source, str(target), kind)]
    _call("mount", *encoded, ctypes.c_ulong(flags), None)


def _fix_addresses() -> None:
    if _libc.personality(ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT) == -1:
        resource.setrlimit(resource.RLIMIT_STACK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    instructions = b"".join(
        struct.pack("<HBBI", code, if_true, if_false, value)
        for code, if_true, if_false, value in (
            (LOAD, 0, 0, 0),
            (JUMP_IF_EQUAL, 0, 1, BRK[platform.machine()]),
            (RETURN, 0, 0, RETURN_ERRNO_0),
            (RETURN, 0, 0, RETURN_ALLOW),
        )
    )
    program = _Filter(len(instructions) // 8, instructions)
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, None, 0, 0)
    _call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
