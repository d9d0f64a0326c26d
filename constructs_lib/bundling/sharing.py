"""Finds the memory that files of the task root hold already, so that an image need not hold it a second time.

The text and the constants of the interpreter and of its libraries are in the task root for the portable start, and an
image can map them from there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from constructs_lib.bundling.memory import PAGE, Mapping, RawImage

# A file costs an image that starts an open, a look at its size and a close, some 5 us. From this many bytes of pages that
# are the same on it is shared, and in runs that are not shorter than this many pages.
LEAST_OF_A_FILE = 128 * 1024
SHORTEST_RUN = 8
# What the native part has room for, and the rest of LONGEST_PATH is the zero at its end.
LONGEST_PATH = 255


@dataclass(frozen=True)
class SharedFile:
    """A file that holds parts of the memory.

    Attributes:
        path: absolute, as the image will find it.
        size: bytes; another size when the image starts says that it is another file.
        parts: of the memory; ``name_offset`` is where in the file.
    """

    path: str
    size: int
    parts: tuple[Mapping, ...]


def shared_files(raw: RawImage, task_root: Path, mount_point: PurePosixPath) -> Iterator[SharedFile]:
    """The files of the task root that are worth sharing, in the order of their names.

    Args:
        raw: the memory.
        task_root: the folder as the build sees it.
        mount_point: the same folder as the process saw it that was left.
    """
    for name in sorted({mapping.name for mapping in raw.mappings}):
        path = PurePosixPath(name)
        if not path.is_relative_to(mount_point) or len(name.encode()) > LONGEST_PATH:
            continue
        file = task_root / path.relative_to(mount_point)
        content = file.read_bytes() if file.is_file() else b""
        parts = [
            part
            for mapping in raw.mappings
            if mapping.name == name
            for part in _parts_of_file(raw, mapping, content)
        ]
        if sum(part.size for part in parts) >= LEAST_OF_A_FILE:
            yield SharedFile(name, len(content), tuple(parts))


def _parts_of_file(raw: RawImage, mapping: Mapping, content: bytes) -> Iterator[Mapping]:
    memory, file = memoryview(raw.memory), memoryview(content)

    def is_same(page: int) -> bool:
        at, there = mapping.offset + page * PAGE, mapping.name_offset + page * PAGE
        # A page that the file does not fill is left out: what follows its end is zero, but only as long as it ends there.
        return there + PAGE <= len(file) and memory[at : at + PAGE] == file[there : there + PAGE]

    for same, first, count in runs([is_same(page) for page in range(mapping.size // PAGE)]):
        if same and count >= SHORTEST_RUN:
            yield mapping.part(first, count)


def runs(values: list[bool]) -> Iterator[tuple[bool, int, int]]:
    """Runs of equal values: which, the first one's index, and how many."""
    start = 0
    for index in range(1, len(values) + 1):
        if index == len(values) or values[index] != values[start]:
            yield values[start], start, index - start
            start = index
