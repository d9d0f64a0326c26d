"""Machines that are emulated from the processor up: another kernel, with nothing in its file system but an artifact."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from constructs_lib import bundling
from constructs_lib.bundling import Architecture

# -S: the standard library is all that the guest has.
PYTHON = ("/var/task/thaw/bin/python3", "-S")
GUEST = Path(__file__).parent / "guest"
RUNTIME_API = Path(bundling.__file__).with_name("runtime_api.py")
PATIENCE_SECONDS = 900
# The program, the kind of machine, and the device behind its first serial line.
QEMU = {
    Architecture.X86_64: ("qemu-system-x86_64", "q35", "ttyS0"),
    Architecture.ARM64: ("qemu-system-aarch64", "virt", "ttyAMA0"),
}
# What mke2fs needs beside the files: tables, and room for what the guest writes.
ROOM = 1.15
ROOM_BYTES = 64 << 20


@dataclass(frozen=True, kw_only=True)
class Case:
    """Starts of an artifact under certain conditions.

    Attributes:
        name: by which the outcome is found again.
        settings: sysctls, ``vm.overcommit_memory`` for example.
        limits: names of ``resource`` and values, soft and hard.
        root: ``bare`` for a root that holds the task root only, ``proc`` for one with /proc too; else the guest's.
        times: how often it is started, one after the other.
    """

    name: str
    variables: dict[str, str]
    event: Any = None
    settings: dict[str, int] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    root: str = ""
    times: int = 1


@dataclass(frozen=True)
class Outcome:
    """What came of a case.

    Attributes:
        answers: of the starts that answered.
        said: what they printed, each text once.
    """

    answers: list[Any]
    said: list[str]
    free_kib: int


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A kind of machine.

    Attributes:
        kernel: an unpacked package of Debian's.
        processor: by qemu's name.
        memory_mb: all that the kernel has too.
    """

    architecture: Architecture
    kernel: Path
    processor: str
    memory_mb: int

    def boot(self, disk: Path, *init: str) -> str:
        """Starts the machine with the disk as its root, and returns its console's text once it is off.

        Args:
            disk: changed by what the guest writes.
            init: the program that the kernel starts, with its arguments.
        """
        command = [*self._hardware(disk), "-kernel", self._kernel_file(), "-append", self._kernel_line(*init)]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        return done.stdout + done.stderr

    def _hardware(self, disk: Path) -> list[str]:
        # Emulated always: a virtualised processor executes what it does not announce, as long as it needs no registers
        # that the kernel has to save. Of Debian's drivers, those of NVMe and ext4 are part of the kernel itself.
        program, kind, _ = QEMU[self.architecture]
        return [
            *(program, "-machine", kind, "-accel", "tcg", "-cpu", self.processor),
            *(
                "-m",
                f"{self.memory_mb}M",
                "-smp",
                "2",
                "-nodefaults",
                "-no-reboot",
                "-nographic",
                "-serial",
                "stdio",
            ),
            *("-drive", f"file={disk},format=raw,if=none,id=root", "-device", "nvme,drive=root,serial=thaw"),
        ]

    def _kernel_file(self) -> str:
        return str(next((self.kernel / "boot").glob("vmlinuz-*")))

    def _kernel_line(self, program: str, *arguments: str) -> str:
        _, _, console = QEMU[self.architecture]
        # No processor before Ivy Bridge gives the kernel random numbers at once, which Python would ask for.
        words = f"root=/dev/nvme0n1 rw console={console} quiet panic=-1 PYTHONHASHSEED=0 init={program} --"
        return " ".join([words, *arguments])

    def outcomes(self, task_root: Path, cases: Sequence[Case], folder: Path) -> dict[str, Outcome]:
        """What came of the cases, by name.

        Args:
            task_root: of the artifact.
            cases: tried out one after the other.
            folder: to prepare the disk in.
        """
        tree = tree_with(task_root, cases, folder)
        return outcomes_in(self.boot(disk_of(tree), *PYTHON, "/guest/init.py"))


def tree_with(task_root: Path, cases: Sequence[Case], folder: Path) -> Path:
    """A folder that can be a guest's root: an artifact, and the program that tries out the cases."""
    tree = folder / "tree"
    shutil.copytree(GUEST, tree / "guest", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(RUNTIME_API, tree / "guest")
    (tree / "guest" / "cases.json").write_text(json.dumps([asdict(case) for case in cases]))
    shutil.copytree(task_root, tree / "var" / "task", symlinks=True)
    return tree


def disk_of(tree: Path) -> Path:
    """A file system, in a file beside the folder that becomes its root."""
    for name in ("proc", "tmp", "dev", "sys"):
        (tree / name).mkdir(exist_ok=True)
    disk = tree.with_suffix(".ext4")
    taken = sum(path.lstat().st_blocks * 512 for path in tree.rglob("*"))
    size = int(taken * ROOM + ROOM_BYTES) >> 10
    subprocess.run(
        ["mke2fs", "-qq", "-t", "ext4", "-d", tree, disk, f"{size}k"], check=True, timeout=PATIENCE_SECONDS
    )
    return disk


def outcomes_in(text: str) -> dict[str, Outcome]:
    """What the guest said on its console.

    Raises:
        AssertionError: it failed, with all that it said.
    """
    said = [json.loads(line.partition("thaw: ")[2]) for line in text.splitlines() if "thaw: {" in line]
    assert said, text[-5000:]
    failures = [each["failure"] for each in said if "failure" in each]
    assert not failures, failures[0]
    return {each.pop("case"): Outcome(**each) for each in said if "case" in each}
