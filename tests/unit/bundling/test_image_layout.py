"""What the memory of a process becomes: every byte of it is found again at its address, wherever it is taken from."""

import os
import struct
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.bundling import Architecture
from constructs_lib.bundling.executable import _flags
from constructs_lib.bundling.image import SHORTEST_HOLE, ImageError, Layout, RawImage, _holes, lay_out
from constructs_lib.bundling.memory import PAGE, Mapping
from constructs_lib.bundling.plan import MOST_RANGES, Plan, ranges
from constructs_lib.bundling.sharing import LEAST_OF_A_FILE, SHORTEST_RUN
from constructs_lib.bundling.touched import Touched, touched

LIBRARY, DATA, TEXT, GUARD = 0x10_0000, 0x20_0000, 0x80_0000, 0x200_0000
PLAN, PLAN_SIZE, ROOM = LIBRARY + PAGE, 4 * PAGE, 6
PLACE = "/var/task/bootstrap"
LIBPYTHON = bytes(os.urandom(LEAST_OF_A_FILE + 5 * PAGE + 100))
# Pages by what they hold: nothing, their file's bytes, or something of their own.
KINDS = st.lists(
    st.tuples(st.sampled_from("EFO"), st.integers(1, SHORTEST_HOLE + 8)), min_size=1, max_size=5
).map(lambda parts: "".join(kind * count for kind, count in parts))


def raw_file(data: bytes, text: bytes) -> bytes:
    """What the native part would write of a process with its library, data, and text of libpython."""
    lines = (
        f"{LIBRARY:x}-{LIBRARY + ROOM * PAGE:x} rw-p 00000000 00:00 0 /tmp/library.so\n"
        f"{DATA:x}-{DATA + len(data):x} rw-p 00000000 00:00 0 \n"
        f"{TEXT:x}-{TEXT + len(text):x} r-xp 00001000 08:01 7   /var/task/thaw/lib/libpython.so\n"
        f"{GUARD:x}-{GUARD + PAGE:x} ---p 00000000 00:00 0 \n"
    ).encode()
    parts = [(LIBRARY, bytes(ROOM * PAGE), 3), (DATA, data, 3), (TEXT, text, 5)]
    own = (LIBRARY, LIBRARY + ROOM * PAGE)
    header = struct.pack(
        "<16s12Q", b"thaw raw image\n", LIBRARY, 3, len(lines), *own, LIBRARY, PLAN, PLAN_SIZE, *(DATA, 0) * 2
    )
    at = -(-(len(header) + len(lines) + 3 * 32) // PAGE) * PAGE
    table, memory = b"", b""
    for address, content, protection in parts:
        table += struct.pack("<4Q", address, address + len(content), protection, at + len(memory))
        memory += content
    return (header + lines + table).ljust(at, b"\0") + memory


def page(kind: str, number: int) -> bytes:
    if kind == "E":
        return bytes(PAGE)
    there = (number + 1) * PAGE
    return (
        LIBPYTHON[there : there + PAGE].ljust(PAGE, b"\0")
        if kind == "F"
        else bytes([number % 255 + 1]) * PAGE
    )


class Started:
    """An independent reader: the memory of a process that the kernel and the plan have mapped."""

    def __init__(self, file: Path, task_root: Path) -> None:
        content = file.read_bytes()
        (count,) = struct.unpack_from("<H", content, 56)
        self.pages: dict[int, bytes] = {}
        self.segments = 0
        for index in range(count):
            kind, _, offset, address, _, size, in_memory, _ = struct.unpack_from(
                "<IIQQQQQQ", content, 64 + 56 * index
            )
            if kind == 1:
                assert size == in_memory
                self.segments += 1
                self._map(address, content[offset : offset + size])
        plan = b"".join(self.pages[address] for address in range(PLAN, PLAN + PLAN_SIZE, PAGE))
        mapped, files, used, written, self.last_used, self.recording = struct.unpack_from("<6Q", plan)
        at = 48 + 40 * mapped
        opened = [struct.unpack_from("<Q256s", plan, at + 264 * index) for index in range(files)]
        for index in range(mapped):
            address, size, _, number, offset = struct.unpack_from("<5Q", plan, 48 + 40 * index)
            data = bytes(size)
            if number:
                length, path = opened[number - 1]
                shared = (task_root / path.rstrip(b"\0").decode().removeprefix("/var/task/")).read_bytes()
                assert len(shared) == length
                data = shared[offset : offset + size]
            self._map(address, data)
        at += 264 * files
        both = [
            range(start, start + size)
            for start, size in struct.iter_unpack("<2Q", plan[at : at + 16 * (used + written)])
        ]
        self.used, self.written = both[:used], both[used:]

    def _map(self, address: int, data: bytes) -> None:
        assert len(data) % PAGE == 0
        for at in range(0, len(data), PAGE):
            assert address + at not in self.pages, "mapped twice"
            self.pages[address + at] = data[at : at + PAGE]


@pytest.fixture(scope="module")
def task_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("root")
    (root / "thaw" / "lib").mkdir(parents=True)
    (root / "thaw" / "lib" / "libpython.so").write_bytes(LIBPYTHON)
    return root


def laid_out(
    raw: bytes, root: Path, used: Touched | None = None, *, record: bool = False
) -> tuple[Layout, Started]:
    layout = lay_out(
        RawImage(raw),
        root / "bootstrap",
        place=PLACE,
        architecture=Architecture.X86_64,
        task_root=root,
        used=used,
        record=record,
    )
    return layout, Started(root / "bootstrap", root)


@given(KINDS, KINDS)
def test_every_byte_is_found_again_at_its_address(task_root: Path, data_kinds: str, text_kinds: str) -> None:
    data = b"".join(page(kind, number) for number, kind in enumerate(data_kinds))
    text = b"".join(page(kind, number) for number, kind in enumerate(text_kinds))
    _, started = laid_out(raw_file(data, text), task_root)
    for address, content in ((DATA, data), (TEXT, text)):
        found = [started.pages[address + at] for at in range(0, len(content), PAGE)]
        assert b"".join(found) == content


def test_what_the_task_root_holds_is_not_in_the_file(task_root: Path) -> None:
    text = b"".join(page("F", number) for number in range(LEAST_OF_A_FILE // PAGE))
    layout, _ = laid_out(raw_file(page("O", 0), text), task_root)
    assert layout.shared_bytes == len(text)
    assert layout.space == {"/tmp/library.so": ROOM * PAGE, "": PAGE}


def test_a_file_with_little_to_share_is_not_worth_opening(task_root: Path) -> None:
    text = b"".join(page("F", number) for number in range(SHORTEST_RUN + 1))
    layout, _ = laid_out(raw_file(page("O", 0), text), task_root)
    assert layout.shared_bytes == 0


def test_guards_are_mapped_and_hold_nothing(task_root: Path) -> None:
    _, started = laid_out(raw_file(page("O", 0), page("O", 1)), task_root)
    assert started.pages[GUARD] == bytes(PAGE)


def test_what_is_used_is_read_ahead_and_what_is_written_is_copied(task_root: Path) -> None:
    data = b"".join(page("O", number) for number in range(8))
    used = Touched(
        written=frozenset({DATA + 2 * PAGE, DATA + 3 * PAGE}), read=frozenset({DATA, 1 << 46, TEXT})
    )
    layout, started = laid_out(raw_file(data, page("O", 9)), task_root, used)
    assert set(started.used) == {range(DATA, DATA + 4 * PAGE), range(TEXT, TEXT + PAGE)}
    assert started.written == [range(DATA + 2 * PAGE, DATA + 4 * PAGE)]
    assert (layout.used_bytes, layout.written_bytes) == (5 * PAGE, 2 * PAGE)


def test_the_page_that_tells_whether_all_was_read_is_the_last_used_of_the_file(task_root: Path) -> None:
    data = b"".join(page("O", number) for number in range(8))
    _, started = laid_out(
        raw_file(data, page("O", 9)), task_root, Touched(frozenset(), frozenset({DATA + 5 * PAGE}))
    )
    content = (task_root / "bootstrap").read_bytes()
    assert content[started.last_used : started.last_used + PAGE] == page("O", 5)


def test_an_image_that_records_cuts_up_all_that_comes_from_files(task_root: Path) -> None:
    text = b"".join(page("F", number) for number in range(LEAST_OF_A_FILE // PAGE))
    layout, started = laid_out(raw_file(page("O", 0), text), task_root, record=True)
    assert started.recording == 1
    assert sum(map(len, started.used)) == layout.file_bytes - PAGE + layout.shared_bytes


def test_neighbours_of_equal_protection_are_one_segment(task_root: Path) -> None:
    layout, started = laid_out(raw_file(page("O", 0), page("O", 1)), task_root)
    assert layout.segments == started.segments == 3


def test_where_ranges_would_be_too_many_they_are_wider() -> None:
    pages = range(0, 4 * PAGE * (MOST_RANGES + 1), 4 * PAGE)
    found = ranges(pages, [Mapping(0, pages.stop, 3, 0)], gap=1)
    assert len(found) <= MOST_RANGES
    assert all(any(at in each for each in found) for at in pages)


def test_more_than_the_image_has_room_for_is_an_error() -> None:
    many = [Mapping(at, at + PAGE, 3, 0) for at in range(0, PLAN_SIZE * PAGE, PAGE)]
    with pytest.raises(ImageError, match="THAW012"):
        Plan(empty=many, files=()).packed(PLAN_SIZE)


def test_too_long_a_place_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="4095 bytes"):
        lay_out(
            RawImage(raw_file(page("O", 0), page("O", 1))),
            tmp_path / "bootstrap",
            place="/" + "x" * 4095,
            architecture=Architecture.X86_64,
        )


@given(st.sets(st.integers(0, 60)), st.integers(0, 3))
def test_ranges_hold_every_page_of_the_parts_and_stay_within_them(numbers: set[int], gap: int) -> None:
    # The later part lies at lower addresses: files are mapped anywhere.
    parts = [Mapping(30 * PAGE, 50 * PAGE, 3, 0), Mapping(5 * PAGE, 20 * PAGE, 5, 0)]
    pages = {number * PAGE for number in numbers}
    covered = [at for each in ranges(pages, parts, gap=gap) for at in range(each.start, each.stop, PAGE)]
    inside = {at for part in parts for at in range(part.start, part.end, PAGE)}
    assert pages & inside <= set(covered) <= inside
    assert len(covered) == len(set(covered))


def test_this_process_has_written_pages_and_read_some() -> None:
    seen = touched(os.getpid())
    assert seen.written
    assert seen.read
    assert not seen.written & seen.read


@given(st.lists(st.booleans(), min_size=1, max_size=4 * SHORTEST_HOLE))
def test_holes_and_what_is_between_cover_every_page_once_and_in_order(emptiness: list[bool]) -> None:
    at = 0
    for hole, count in _holes(emptiness):
        assert not hole or all(emptiness[at : at + count])
        at += count
    assert at == len(emptiness)


@given(st.lists(st.booleans(), min_size=1, max_size=4 * SHORTEST_HOLE))
def test_neighbouring_pieces_differ(emptiness: list[bool]) -> None:
    kinds = [hole for hole, _ in _holes(emptiness)]
    assert all(one != other for one, other in pairwise(kinds))


def test_short_holes_stay_in_the_file() -> None:
    short, long = [True] * (SHORTEST_HOLE - 1), [True] * SHORTEST_HOLE
    assert list(_holes([False, *short, False, *long])) == [(False, SHORTEST_HOLE + 1), (True, SHORTEST_HOLE)]


def test_protections_are_written_as_elf_counts_them() -> None:
    assert [_flags(protection) for protection in (1, 3, 5)] == [4, 6, 5]


@pytest.mark.parametrize(
    "data", [b"", b"thaw raw image\n", b"\x7fELF" + bytes(200)], ids=["empty", "cut off", "ELF"]
)
def test_a_file_that_is_no_raw_image_is_an_error(data: bytes) -> None:
    with pytest.raises(ImageError, match="THAW012"):
        RawImage(data)
