"""Whether this machine can make snapshots is asked once, and only a yes is remembered."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from constructs_lib.bundling import starts
from constructs_lib.bundling.recipe import Architecture

NO = "namespaces are refused: no"


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As a process that has not asked yet, with a cache that remembers nothing, on the architecture of a snapshot."""
    monkeypatch.setenv("THAW_CACHE", str(tmp_path))
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    starts.obstacle.cache_clear()
    yield
    starts.obstacle.cache_clear()


def ask(monkeypatch: pytest.MonkeyPatch, *answers: str | None) -> list[str | None]:
    """What so many processes find, one after the other, while the system would answer each so."""
    found = []
    for answer in answers:
        monkeypatch.setattr(starts, "_refusal", lambda answer=answer: answer)
        found.append(starts.obstacle(Architecture.X86_64))
        starts.obstacle.cache_clear()
    return found


def test_a_yes_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(monkeypatch, None, NO) == [None, None]


def test_a_no_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(monkeypatch, NO, None, NO) == [NO, None, None]


def test_another_user_asks_for_himself(monkeypatch: pytest.MonkeyPatch) -> None:
    ask(monkeypatch, None)
    monkeypatch.setattr("os.getuid", lambda: 12345)
    assert ask(monkeypatch, NO) == [NO]


def test_another_container_asks_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    ask(monkeypatch, None)
    monkeypatch.setattr("os.readlink", lambda _: "mnt:[1]")
    assert ask(monkeypatch, NO) == [NO]


def test_after_a_restart_of_the_machine_it_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = tmp_path / "namespaces" / "5d0ab5c5-earlier"
    earlier.parent.mkdir()
    earlier.touch()
    assert ask(monkeypatch, NO, None) == [NO, None]
    assert not earlier.exists()


def test_a_cache_that_cannot_be_written_remembers_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("THAW_CACHE", str(tmp_path / "file"))
    assert ask(monkeypatch, None, NO) == [None, NO]
