"""What the page cache holds of a file is told, and can be made nothing."""

import mmap
import os
import subprocess
from pathlib import Path

import pytest

from thaw_cli.bench import page_cache
from thaw_cli.bench.page_cache import PageCacheError

SIZE = 5 * mmap.PAGESIZE + 1
PAGES = 6


@pytest.fixture
def file(tmp_path: Path) -> Path:
    kind = subprocess.run(
        ["stat", "--file-system", "--format", "%T", tmp_path], capture_output=True, text=True, check=True
    )
    if kind.stdout.strip() == "tmpfs":
        pytest.skip("a file system in memory keeps its files there")
    path = tmp_path / "file"
    with path.open("wb") as written:
        written.write(bytes(SIZE))
        os.fsync(written.fileno())
    return path


def test_a_file_that_was_just_written_is_there_whole(file: Path) -> None:
    assert page_cache.resident_bytes([file]) == PAGES * mmap.PAGESIZE


def test_a_dropped_file_is_not_there(file: Path) -> None:
    page_cache.drop([file])
    assert page_cache.resident_bytes([file]) == 0


def test_looking_does_not_bring_a_file_back(file: Path) -> None:
    page_cache.drop([file])
    page_cache.resident_bytes([file])
    assert page_cache.resident_bytes([file]) == 0


def test_what_a_process_has_mapped_is_seen_to_stay(file: Path) -> None:
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert mapped[0] == 0
        with pytest.raises(PageCacheError, match="of 1 files stayed"):
            page_cache.drop([file], patience=0)


def test_only_regular_files_that_hold_something_count(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("text")
    (tmp_path / "empty").touch()
    (tmp_path / "link").symlink_to("folder/file")
    assert page_cache.files_of(tmp_path) == [tmp_path / "folder" / "file"]
