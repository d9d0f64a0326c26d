"""Starts a function in its image's files: ``python -I -S in_root.py ROOT MEGABYTES FOLDER COMMAND...``.

``ROOT`` becomes the root, read-only as on Lambda, in user and mount namespaces of its own, which takes no root and no engine. Beside
the image's files it has /proc, four devices, and a /tmp of ``MEGABYTES``, which is the only place that can be written to. The network is
the machine's. The command, a path or a name to be looked for in PATH, is executed in ``FOLDER`` by a user without any right, with
Lambda's numbers. Started as a file, in isolated mode, and replaced by the command. Linux only, see mount_namespaces(7).
"""

# A cold start waits for this, and importing pathlib takes longer than everything else here.
# ruff: noqa: PTH102, PTH115, PTH123, PTH211, S108
import ctypes
import os
import sys

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
# How names are resolved is the machine's, as in an engine's containers; all else of /etc is the image's.
NAMES = ("hosts", "resolv.conf")
OWN = ("proc", "dev", "tmp")
# Where the new root is put before it becomes the root; any folder would do.
ROOT = "/tmp"

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
        _enter(root, int(megabytes))
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
    with open("/proc/self/environ", "rb") as file:
        text = os.fsdecode(file.read())
    variables = dict(each.split("=", 1) for each in text.split("\0") if "=" in each)
    variables.pop("PWD", None)
    return variables


def _refuse(kind: str, words: str) -> None:
    sys.stderr.write(f"{MARK}{kind} {words}\n")
    sys.exit(1)


def _enter(image: str, megabytes: int) -> None:
    _become_nobody()
    # The new root hides what lies below its mount point, perhaps the image; its descriptor still leads there.
    opened = os.open(image, os.O_PATH)
    # What is mounted from here on is seen by nobody else, and gone with the last process that sees it.
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    _mount("tmpfs", ROOT, "tmpfs", MS_NOSUID | MS_NODEV)
    for entry in os.scandir(f"/proc/self/fd/{opened}"):
        if entry.name == "etc" and entry.is_dir(follow_symlinks=False):
            _put_etc(entry.path, f"{ROOT}/etc")
        elif entry.name not in OWN:
            _put(entry, f"{ROOT}/{entry.name}")
    for name in OWN:
        os.mkdir(f"{ROOT}/{name}", 0o755)
    _mount("tmpfs", f"{ROOT}/tmp", "tmpfs", MS_NOSUID | MS_NODEV, f"size={megabytes}m,mode=1777")
    _mount("/proc", f"{ROOT}/proc", None, MS_BIND | MS_REC)
    for name in DEVICES:
        _touch(f"{ROOT}/dev/{name}")
        _mount(f"/dev/{name}", f"{ROOT}/dev/{name}", None, MS_BIND)
    _mount(None, ROOT, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)
    os.close(opened)
    os.chroot(ROOT)


def _become_nobody() -> None:
    user, group = os.geteuid(), os.getegid()
    _call("unshare", CLONE_NEWUSER | CLONE_NEWNS)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{USER} {user} 1"),
        ("gid_map", f"{GROUP} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _put_etc(of_image: str, target: str) -> None:
    os.mkdir(target, 0o755)
    for entry in os.scandir(of_image):
        if entry.name not in NAMES:
            _put(entry, f"{target}/{entry.name}")
    for name in NAMES:
        if os.access(f"/etc/{name}", os.R_OK):
            _touch(f"{target}/{name}")
            _bind(os.path.realpath(f"/etc/{name}"), f"{target}/{name}")


def _put(entry: "os.DirEntry[str]", target: str) -> None:
    if entry.is_symlink():
        os.symlink(os.readlink(entry.path), target)
        return
    os.mkdir(target, 0o755) if entry.is_dir() else _touch(target)
    _bind(entry.path, target)


def _bind(source: str, target: str) -> None:
    _mount(source, target, None, MS_BIND | MS_REC)
    _mount(None, target, None, MS_BIND | MS_REMOUNT | MS_RDONLY | os.statvfs(target).f_flag & KEPT_FLAGS)


def _touch(file: str) -> None:
    os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o644))


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    encoded = [text and text.encode() for text in (source, target, kind)]
    _call("mount", *encoded, ctypes.c_ulong(flags), options and options.encode())


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
