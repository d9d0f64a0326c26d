"""Tools out of the locks; the smallest of them is really installed."""

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from thaw_cli import tools
from thaw_cli.errors import ToolUnavailableError

SMALLEST = "awslambdaric"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("THAW_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "tools"


@pytest.fixture
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The locks, in a folder that a test may change."""
    copy = tmp_path / "locks"
    shutil.copytree(tools.LOCKS, copy)
    monkeypatch.setattr(tools, "LOCKS", copy)
    return copy


def test_an_installed_tool_has_its_files_with_bytecode(cache: Path) -> None:
    folder = tools.install(SMALLEST)

    assert (folder / "awslambdaric" / "__init__.py").is_file()
    assert list((folder / "awslambdaric" / "__pycache__").glob(f"*.{sys.implementation.cache_tag}.pyc"))


def test_a_tool_that_is_asked_for_by_many_at_once_is_installed_once(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installations = []
    fill = tools._fill
    monkeypatch.setattr(tools, "_fill", lambda *what: (installations.append(what[0]), fill(*what)))

    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(tools.install, [SMALLEST] * 4))

    assert (len(folders), installations) == (1, [SMALLEST])


def test_what_an_interrupted_installation_left_is_neither_used_nor_kept(cache: Path) -> None:
    leftover = cache / f".{tools.location(SMALLEST).name}-killed"
    leftover.mkdir(parents=True)

    folder = tools.install(SMALLEST)

    assert [path for path in cache.iterdir() if path.is_dir()] == [folder]


def test_another_lock_is_another_folder(locks: Path) -> None:
    before = tools.location(SMALLEST)

    with (locks / f"{SMALLEST}.txt").open("a") as lock:
        lock.write("# changed\n")

    assert tools.location(SMALLEST) != before


def test_a_wrong_hash_is_refused_and_leaves_nothing_that_counts(cache: Path, locks: Path) -> None:
    (locks / f"{SMALLEST}.txt").write_text(f"awslambdaric==4.2.2 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(ToolUnavailableError, match="could not be installed"):
        tools.install(SMALLEST)

    assert [path for path in cache.iterdir() if path.is_dir()] == []


def test_a_tool_that_the_index_does_not_offer_is_not_installable(cache: Path, locks: Path) -> None:
    (locks / f"{SMALLEST}.txt").write_text(f"awslambdaric==0.0.1 --hash=sha256:{'0' * 64}\n")

    assert not tools.installable(SMALLEST)


def test_a_tool_that_is_not_installed_yet_is_installable_without_being_installed(cache: Path) -> None:
    assert tools.installable(SMALLEST)
    assert not tools.location(SMALLEST).exists()


def test_an_unknown_tool_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(ToolUnavailableError, match="allowed: awslambdaric, ministack, postgres"):
        tools.install("docker")
