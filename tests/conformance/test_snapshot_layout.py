"""A snapshot takes from the task root what lies there, and has at once what it uses, as the kernel sees it."""

import mmap
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from snapshots import inside, printed, scratch_of, snapshot, taken_up

from constructs_lib.bundling import Architecture, Artifact
from constructs_lib.bundling.image import Layout, RawImage, lay_out
from constructs_lib.bundling.memory import PAGE, WRITE
from constructs_lib.bundling.touched import Touched, touched

# What comes after getloadavg waits for a line between two answers, so that somebody can look at the process.
PROGRAM = """
import json, os, sys
kept = {"answer": [42]}
os.getloadavg()
variables = dict(each.split("=", 1) for each in open("/proc/self/environ").read().split("\\0") if each)
exec(variables["CODE"])
"""
WAITS = "print(json.dumps(kept), flush=True); sys.stdin.readline()"
MADV_POPULATE_WRITE = 23
LayOut = Callable[..., Layout]


@pytest.fixture(scope="module")
def task_root(artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return snapshot(PROGRAM, artifact, tmp_path_factory.mktemp("layout") / "root")


@pytest.fixture(scope="module")
def lay(task_root: Path) -> LayOut:
    raw = RawImage((scratch_of(task_root) / "raw").read_bytes())

    def lay(**options: object) -> Layout:
        return lay_out(
            raw,
            task_root / "bootstrap",
            place="/var/task/bootstrap",
            architecture=Architecture.X86_64,
            **options,  # type: ignore[arg-type]
        )

    return lay


@contextmanager
def waiting(task_root: Path) -> Iterator[int]:
    """A process that has answered and waits: its number."""
    command = [*inside(task_root, "start"), "/var/task/bootstrap"]
    with subprocess.Popen(
        command, env={"CODE": WAITS}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        output: IO[str] | None = process.stdout
        assert output is not None
        assert output.readline() == '{"answer": [42]}\n'
        yield process.pid
        process.kill()


def seen(task_root: Path) -> Touched:
    with waiting(task_root) as process:
        return touched(process)


def test_memory_is_taken_from_the_task_root_s_files(task_root: Path, lay: LayOut) -> None:
    whole = lay()
    shared = lay(task_root=task_root)
    assert shared.shared_bytes > 4 << 20
    assert shared.file_bytes == whole.file_bytes - shared.shared_bytes
    assert printed(task_root, "import re; print(re.sub('a', 'b', str(kept)))") == "{'bnswer': [42]}"


def test_another_library_than_the_build_s_starts_portably(task_root: Path, lay: LayOut) -> None:
    lay(task_root=task_root)
    library = task_root / "thaw" / "lib" / "libc.so.6"
    content = library.read_bytes()
    library.unlink()  # it may be a hard link to the build cache's
    try:
        library.write_bytes(content + b"\0")
        result = taken_up(task_root, "print(kept)")
    finally:
        library.write_bytes(content)
    assert result.stderr.startswith(
        "bootstrap: a library of the task root is not the one that the snapshot was made with; "
        "starting without the snapshot\n"
    )


def test_a_run_that_records_sees_single_pages(task_root: Path, lay: LayOut) -> None:
    lay(task_root=task_root)
    with_neighbours = seen(task_root).read
    lay(task_root=task_root, record=True)
    assert len(seen(task_root).read) < len(with_neighbours) / 2


def test_what_a_run_wrote_is_there_before_it_is_written(task_root: Path, lay: LayOut) -> None:
    lay(task_root=task_root, record=True)
    used = seen(task_root)
    raw = RawImage((scratch_of(task_root) / "raw").read_bytes())
    heap = max(
        (each for each in raw.mappings if not each.name and each.protection & WRITE),
        key=lambda each: each.size,
    )
    never = next(at for at in range(heap.start, heap.end, PAGE) if at not in used.written | used.read)
    layout = lay(task_root=task_root, used=Touched(used.written | {never}, used.read))
    assert 0 < layout.written_bytes < layout.used_bytes
    if not can_populate():
        pytest.skip("this kernel is older than 5.14")
    assert never in seen(task_root).written


def can_populate() -> bool:
    """Whether the kernel knows the advice that pages are copied by."""
    with mmap.mmap(-1, PAGE) as memory:
        try:
            memory.madvise(MADV_POPULATE_WRITE)
        except OSError:
            return False
    return True
