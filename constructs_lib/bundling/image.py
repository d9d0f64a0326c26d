"""Lays the memory of a process out as an executable file.

The native part (``lambda_src/native/snapshot``) writes what it finds: every mapping, whole. What becomes of it is decided
here. The result is an ELF executable whose segments the kernel's loader maps to the addresses that they had; its entry is
code inside the image, which maps what the file does not hold and goes on where the process was left.
"""

from collections import Counter
from collections.abc import Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from constructs_lib.bundling import executable
from constructs_lib.bundling.memory import EXECUTE, PAGE, WRITE, ImageError, Mapping, RawImage
from constructs_lib.bundling.plan import Plan, ranges
from constructs_lib.bundling.recipe import Architecture
from constructs_lib.bundling.sharing import SharedFile, runs, shared_files
from constructs_lib.bundling.touched import Touched

__all__ = ["ImageError", "Layout", "RawImage", "lay_out"]

EMPTY_PAGE = bytes(PAGE)
# A run of empty pages shorter than this stays in the file, where it compresses to nothing; a longer one is mapped when the
# image starts. Each costs some 2 us then, and so does each segment that a hole separates.
SHORTEST_HOLE = 64
LONGEST_PLACE = 4095
# Two pages that are read ahead with one between them cost less as one range.
READ_GAP = 1
# Mappings of a process are limited to 65,530 (vm.max_map_count); a run that records has two of each of these.
MOST_RECORDED = 30_000


@dataclass(frozen=True)
class Layout:
    """What a finished image consists of.

    Attributes:
        segments: of the file.
        holes: that the image maps itself, because they held nothing.
        file_bytes: size of the file.
        memory_bytes: of everything that is mapped.
        shared_bytes: of it, mapped from other files of the task root.
        used_bytes: that are used until the first response, as a run has shown; 0 where none has.
        written_bytes: of these, that are written.
        space: what takes the space in the file: bytes by the name of what was mapped; heap and stacks have none.
    """

    segments: int
    holes: int
    file_bytes: int
    memory_bytes: int
    shared_bytes: int
    used_bytes: int
    written_bytes: int
    space: Dictionary[str, int]


@dataclass(frozen=True)
class _Parts:
    """The memory by where a new process has it from."""

    pieces: list[Mapping]
    segments: list[Mapping]
    empty: list[Mapping]
    files: list[SharedFile]
    beyond_headers: list[SharedFile]

    @property
    def from_files(self) -> list[Mapping]:
        """What the kernel reads from a file when it is used."""
        return [*self.segments, *(part for file in self.files for part in file.parts)]

    @property
    def writable(self) -> list[Mapping]:
        """What a process may change."""
        return [part for part in (*self.segments, *self.empty) if part.protection & WRITE]


def lay_out(
    raw: RawImage,
    output: Path,
    *,
    place: str,
    architecture: Architecture,
    task_root: Path | None = None,
    used: Touched | None = None,
    record: bool = False,
) -> Layout:
    """Writes the executable.

    Args:
        raw: what the native part left; its own tables in it are changed.
        output: the file to write, executable.
        place: the path at which the executable will lie when it is started; elsewhere it starts portably.
        architecture: of the memory.
        task_root: the folder of ``place`` as the build sees it. What its files hold as well is mapped from them; None: the
            executable holds everything.
        used: what is used until the first response; it is read ahead, or copied where it is written.
        record: whether the image is to be started only for :func:`~constructs_lib.bundling.touched.touched` to see exactly
            what it uses.

    Raises:
        ImageError: there are more parts than the image has room for, or the place is too long.
    """
    parts = _divided(raw, PurePosixPath(place), task_root)
    plan = _recording(parts) if record else _plan(parts, used)
    _describe(raw, plan, place)
    executable.write(output, parts.segments, raw.memory, entry=raw.entry, architecture=architecture)
    return Layout(
        segments=len(parts.segments),
        holes=len(parts.empty),
        file_bytes=executable.positions(parts.segments)[-1],
        memory_bytes=sum(mapping.size for mapping in raw.mappings),
        shared_bytes=sum(part.size for file in parts.files for part in file.parts),
        used_bytes=0 if record else sum(map(len, plan.used)),
        written_bytes=sum(map(len, plan.written)),
        space=_space(parts.pieces),
    )


def _divided(raw: RawImage, place: PurePosixPath, task_root: Path | None) -> _Parts:
    files = list(shared_files(raw, task_root, place.parent)) if task_root else []
    shared = {page for file in files for part in file.parts for page in range(part.start, part.end, PAGE)}
    full: list[Mapping] = []
    empty = list(raw.inaccessible)
    for mapping in raw.mappings:
        for piece, is_empty in _cut(raw, mapping, shared):
            (empty if is_empty else full).append(piece)
    # What runs first lies first: the kernel has read the beginning of the file for its headers already.
    own = next(mapping.name for mapping in raw.mappings if mapping.start <= raw.entry < mapping.end)
    segments = sorted(
        _joined(full), key=lambda each: (each.name != own, not each.protection & EXECUTE, each.start)
    )
    return _Parts(full, segments, empty, files, _beyond_headers(segments, str(place)))


def _beyond_headers(segments: list[Mapping], place: str) -> list[SharedFile]:
    """The executable as a file that the image itself maps parts of: the segments that the kernel has no header for."""
    *positions, size = executable.positions(segments)
    parts = [
        replace(segment, name_offset=position) for segment, position in zip(segments, positions, strict=True)
    ]
    beyond = tuple(parts[executable.MOST_SEGMENTS :])
    return [SharedFile(place, size, beyond)] if beyond else []


def _cut(raw: RawImage, mapping: Mapping, shared: set[int]) -> Iterator[tuple[Mapping, bool]]:
    """What no file holds of a mapping, as pieces, each with whether it is empty."""
    if any(mapping.start <= address < mapping.end for address in raw.vdso_words):
        # Data that libc has made read-only holds addresses that every start has to set.
        mapping = replace(mapping, protection=mapping.protection | WRITE)
    for is_shared, first, count in runs([page in shared for page in range(mapping.start, mapping.end, PAGE)]):
        if not is_shared:
            yield from _without_holes(raw, mapping.part(first, count))


def _without_holes(raw: RawImage, mapping: Mapping) -> Iterator[tuple[Mapping, bool]]:
    at = 0
    for is_hole, count in _holes(_emptiness(raw, mapping)):
        yield mapping.part(at, count), is_hole
        at += count


def _emptiness(raw: RawImage, mapping: Mapping) -> list[bool]:
    view = memoryview(raw.memory)[mapping.offset : mapping.offset + mapping.size]
    return [
        not _overlaps(raw.own, mapping.start + at) and view[at : at + PAGE] == EMPTY_PAGE
        for at in range(0, mapping.size, PAGE)
    ]


def _overlaps(own: range, page: int) -> bool:
    # The tables that are filled in below lie in pages that may still be empty now.
    return page < own.stop and own.start < page + PAGE


def _holes(emptiness: list[bool]) -> Iterator[tuple[bool, int]]:
    """Runs of equal pages, with short empty ones counted to their neighbours."""
    merged: list[tuple[bool, int]] = []
    for is_empty, _, count in runs(emptiness):
        hole = is_empty and count >= SHORTEST_HOLE
        if merged and merged[-1][0] == hole:
            merged[-1] = (hole, merged[-1][1] + count)
        else:
            merged.append((hole, count))
    yield from merged


def _joined(pieces: list[Mapping]) -> list[Mapping]:
    """The pieces with neighbours of equal protection made one, because each costs the kernel a mapping."""
    joined: list[Mapping] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last and (last.end, last.protection, last.offset + last.size) == (
            piece.start,
            piece.protection,
            piece.offset,
        ):
            joined[-1] = replace(last, end=piece.end)
        else:
            joined.append(piece)
    return joined


def _recording(parts: _Parts) -> Plan:
    pages = sum(part.size for part in parts.from_files) // PAGE
    return Plan(
        empty=parts.empty,
        files=[*parts.files, *parts.beyond_headers],
        used=[range(part.start, part.end) for part in parts.from_files],
        recording=1 + pages // MOST_RECORDED,
    )


def _plan(parts: _Parts, used: Touched | None) -> Plan:
    if used is None:
        return Plan(empty=parts.empty, files=[*parts.files, *parts.beyond_headers])
    pages = used.read | used.written
    return Plan(
        empty=parts.empty,
        files=[*parts.files, *parts.beyond_headers],
        used=ranges(pages, parts.from_files, gap=READ_GAP),
        written=ranges(used.written, parts.writable, gap=0),
        last_used=_last_used(parts.segments, pages),
    )


def _last_used(segments: list[Mapping], pages: frozenset[int]) -> int:
    offsets = [
        position + page - segment.start
        for segment, position in zip(segments, executable.positions(segments), strict=False)
        for page in pages
        if segment.start <= page < segment.end
    ]
    return max(offsets, default=0)


def _describe(raw: RawImage, plan: Plan, place: str) -> None:
    path = place.encode()
    if len(path) > LONGEST_PLACE:
        raise ImageError(
            "the place of the snapshot has too long a path",
            received=f"{len(path)} bytes",
            allowed=f"at most {LONGEST_PLACE} bytes",
            change='use start="portable" for this function',
        )
    raw.put(raw.place, path + b"\0")
    raw.put(raw.plan, plan.packed(raw.plan_size))


def _space(pieces: list[Mapping]) -> dict[str, int]:
    space: Counter[str] = Counter()
    for piece in pieces:
        space[piece.name] += piece.size
    return dict(space.most_common())
