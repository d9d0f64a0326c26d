"""The cache publishes folders whole, once, and says so where the file system refuses."""

import fcntl
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from constructs_lib.bundling.cache import (
    LARGEST_BYTES,
    CacheError,
    cache_folder,
    get_or_make,
    link_tree,
    prune,
)

KEY = "0123abcd"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("THAW_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def writes(text: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / "file").write_text(text)

    return make


def test_a_folder_is_made_once() -> None:
    first = get_or_make("kind", KEY, writes("first"))
    second = get_or_make("kind", KEY, writes("second"))
    assert (first[1], second[1], (second[0] / "file").read_text()) == (False, True, "first")


def test_what_raises_leaves_no_trace(own_cache: Path) -> None:
    def fails(folder: Path) -> None:
        (folder / "half").write_text("")
        raise KeyError

    with pytest.raises(KeyError):
        get_or_make("kind", KEY, fails)
    assert [path.name for path in (own_cache / "kind").iterdir()] == [f"{KEY}.lock"]


def test_what_a_killed_build_left_is_removed_by_the_next(own_cache: Path) -> None:
    leftover = own_cache / "kind" / f".{KEY}-x"
    leftover.mkdir(parents=True)
    get_or_make("kind", KEY, writes(""))
    assert not leftover.exists()


def test_many_threads_make_a_folder_once() -> None:
    made = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "file").write_text("")

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: get_or_make("kind", KEY, make), range(8)))
    assert (len(made), [reused for _, reused in found].count(False)) == (1, 1)


def test_a_cache_that_cannot_be_made_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("THAW_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(CacheError, match="THAW011: the build cache cannot be written") as caught:
        get_or_make("kind", KEY, writes(""))
    assert str(tmp_path / "file" / "cache") in str(caught.value)


def test_a_read_only_cache_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_CACHE", "/proc/self/cache")
    with pytest.raises(CacheError, match="THAW_CACHE"):
        get_or_make("kind", KEY, writes(""))


def test_a_full_file_system_is_one_error_and_leaves_no_trace(own_cache: Path) -> None:
    def fill(folder: Path) -> None:
        (folder / "half").write_text("")
        Path("/dev/full").write_text("more")

    with pytest.raises(CacheError, match="No space left on device"):
        get_or_make("kind", KEY, fill)
    assert [path.name for path in (own_cache / "kind").iterdir()] == [f"{KEY}.lock"]


def test_a_linked_tree_replaces_files_and_not_what_they_were_linked_to(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
        link_tree(tmp_path / name, tmp_path / "target")
    assert [(tmp_path / name / "file").read_text() for name in ("one", "two", "target")] == [
        "one",
        "two",
        "two",
    ]


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"THAW_CACHE": "/a/b", "XDG_CACHE_HOME": "/c"}, "/a/b"),
        ({"THAW_CACHE": "", "XDG_CACHE_HOME": "/c"}, "/c/thaw"),
        ({"THAW_CACHE": "", "XDG_CACHE_HOME": "", "HOME": "/home/user"}, "/home/user/.cache/thaw"),
    ],
)
def test_the_cache_lies_where_the_environment_says(
    variables: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == Path(folder)


DAY = 24 * 60 * 60


def made(key: str, *, idle_days: float = 0.0, size: int = 0) -> Path:
    """A folder of the cache that was taken last so long ago, and that says that it has this size."""
    folder, _ = get_or_make("kind", key, writes(key))
    lock = folder.with_name(f"{key}.lock")
    if size:
        lock.write_text(str(size))
    taken = time.time() - idle_days * DAY
    os.utime(lock, (taken, taken))
    return folder


def test_what_nobody_took_for_a_month_is_removed_without_a_trace() -> None:
    old, young = made("01d", idle_days=31), made("02e", idle_days=29)
    prune(["kind"])
    assert sorted(path.name for path in young.parent.iterdir()) == ["02e", "02e.lock"]
    assert not old.exists()


def test_taking_something_keeps_it() -> None:
    folder = made(KEY, idle_days=31)
    get_or_make("kind", KEY, writes("again"))
    prune(["kind"])
    assert (folder / "file").read_text() == KEY


def test_beyond_the_largest_size_goes_what_was_taken_longest_ago() -> None:
    folders = [made(f"{days}f", idle_days=days, size=LARGEST_BYTES // 2) for days in (4, 3, 2)]
    prune(["kind"])
    assert [folder.exists() for folder in folders] == [False, True, True]


def test_what_was_taken_within_a_day_stays_whatever_its_size() -> None:
    folders = [made(f"{part}f", idle_days=part / 10, size=LARGEST_BYTES) for part in (9, 5)]
    prune(["kind"])
    assert all(folder.exists() for folder in folders)


def test_only_what_is_named_is_bounded() -> None:
    folder = made(KEY, idle_days=365)
    prune(["other"])
    assert folder.exists()


def test_what_another_process_makes_is_left_alone() -> None:
    folder = made(KEY, idle_days=31)
    with folder.with_name(f"{KEY}.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        prune(["kind"])
    assert folder.exists()


def test_a_removal_that_was_interrupted_is_taken_up(own_cache: Path) -> None:
    folder = made(KEY, idle_days=31)
    folder.rename(folder.with_name(f".{KEY}-removed"))
    prune(["kind"])
    assert list((own_cache / "kind").iterdir()) == []


def test_the_caches_of_containers_are_bounded_too(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as inside:
        inside.setenv("THAW_CACHE", str(own_cache / "containers" / "0a1b"))
        folder = made(KEY, idle_days=31)
    prune(["kind"])
    assert not folder.exists()


def test_what_a_folder_adds_to_the_disk_is_noted(own_cache: Path, tmp_path: Path) -> None:
    (tmp_path / "shared").write_text("a" * 100_000)

    def make(folder: Path) -> None:
        (folder / "own").write_text("b" * 50_000)
        os.link(tmp_path / "shared", folder / "shared")

    get_or_make("kind", KEY, make)
    assert 50_000 <= int((own_cache / "kind" / f"{KEY}.lock").read_text()) < 100_000
