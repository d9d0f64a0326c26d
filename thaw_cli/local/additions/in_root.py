"""Starts a function in its image's files: ``python -I -S in_root.py ROOT MEGABYTES FOLDER COMMAND...``.

``ROOT`` becomes the root, read-only as on Lambda, in user and mount namespaces of its own, which takes no root and no engine. Beside
the image's files it has /proc, four devices, and a /tmp of ``MEGABYTES``, which is the only place that can be written to. The network is
the machine's. The command, a path or a name to be looked for in PATH, is executed in ``FOLDER`` by a user without any right, with
Lambda's numbers. Started as a file, in isolated mode, and replaced by the command. Linux only, see mount_namespaces(7).
"""

import ctypes
import os
import sys
from pathlib import Path

# What begins the line by which the server knows why there is no function.
MARK = "thaw-image: "
NO_NAMESPACES, NO_ENTRY = "Runtime.NamespacesRefused", "Runtime.InvalidEntrypoint"
# ``id`` in a function: uid=993(sbx_user1051) gid=990 groups=990
USER, GROUP = 993, 990
REMEDY = (
    "allow them (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0; in a container: "
    "--security-opt seccomp=unconfined)"
)
DEVICES = ("null", "zero", "random", "urandom")
OWN = ("proc", "dev", "tmp")
# Where the new root is put before it becomes the root; any folder would do.
PLACE = "/tmp"  # noqa: S108 - nothing is written there

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    0x1,
    0x2,
    0x4,
    0x20,
    0x1000,
    0x4000,
    0x40000,
)
# Those that a file system was mounted with cannot be dropped; statvfs has the same numbers as mount.
KEPT_FLAGS = os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC | os.ST_NOATIME | os.ST_NODIRATIME | os.ST_RELATIME

_libc = ctypes.CDLL(None, use_errno=True)


def main(root: str, megabytes: str, folder: str, *command: str) -> None:
    """Replaces this process by the command."""
    variables = _variables()
    try:
        _enter(Path(root).absolute(), int(megabytes))
    except OSError as error:
        _refuse(
            NO_NAMESPACES,
            f"this machine does not let its users make user and mount namespaces, in which images run without an engine; "
            f"received: {error.strerror}; change: {REMEDY}, or use an engine: `thaw cloud up --engine`",
        )
    try:
        os.chdir(folder)
        os.execvpe(command[0], command, variables)  # noqa: S606 - an argument list
    except OSError as error:
        _refuse(
            NO_ENTRY,
            f"the image's entry cannot be executed; received: {error.strerror}: {' '.join(command)} in {folder}; "
            "change: the image, or EntryPoint, Command or WorkingDirectory of the function's ImageConfig",
        )


def _variables() -> dict[str, str]:
    """The environment that this process was started with; the shell adds a folder to it and Python a locale."""
    text = os.fsdecode(Path("/proc/self/environ").read_bytes())
    variables = dict(each.split("=", 1) for each in text.split("\0") if "=" in each)
    variables.pop("PWD", None)
    return variables


def _refuse(kind: str, words: str) -> None:
    sys.stderr.write(f"{MARK}{kind} {words}\n")
    sys.exit(1)


def _enter(image: Path, megabytes: int) -> None:
    _become_nobody()
    # The new root hides what lies below its mount point, perhaps the image; its descriptor still leads there.
    root, opened = Path(PLACE), os.open(image, os.O_PATH)
    # What is mounted from here on is seen by nobody else, and gone with the last process that sees it.
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV)
    for entry in Path(f"/proc/self/fd/{opened}").iterdir():
        if entry.name not in OWN:
            _put(entry, root / entry.name)
    _make(root / "tmp")
    _mount("tmpfs", root / "tmp", "tmpfs", MS_NOSUID | MS_NODEV, f"size={megabytes}m,mode=1777")
    _make(root / "proc")
    _mount("/proc", root / "proc", None, MS_BIND | MS_REC)
    _make(root / "dev")
    for name in DEVICES:
        (root / "dev" / name).touch()
        _mount(f"/dev/{name}", root / "dev" / name, None, MS_BIND)
    _mount(None, root, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)
    os.close(opened)
    os.chroot(root)


def _become_nobody() -> None:
    user, group = os.geteuid(), os.getegid()
    _call("unshare", CLONE_NEWUSER | CLONE_NEWNS)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{USER} {user} 1"),
        ("gid_map", f"{GROUP} {group} 1"),
    ):
        Path(f"/proc/self/{name}").write_text(text)


def _put(entry: Path, target: Path) -> None:
    if entry.is_symlink():
        target.symlink_to(entry.readlink())
        return
    _make(target) if entry.is_dir() else target.touch()
    _mount(str(entry), target, None, MS_BIND | MS_REC)
    _mount(None, target, None, MS_BIND | MS_REMOUNT | MS_RDONLY | os.statvfs(target).f_flag & KEPT_FLAGS)


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o755)


def _mount(
    source: str | None, target: str | Path, kind: str | None, flags: int, options: str | None = None
) -> None:
    encoded = [text and text.encode() for text in (source, str(target), kind)]
    _call("mount", *encoded, ctypes.c_ulong(flags), options and options.encode())


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
