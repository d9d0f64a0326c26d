"""The cache publishes folders whole, once, and says so where the file system refuses."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from constructs_lib.bundling.cache import CacheError, cache_folder, get_or_make, link_tree

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
