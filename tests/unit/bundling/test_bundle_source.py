"""What is wrong with a handler's folder is told before anything is built."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.bundling import BundlingError, Recipe, fingerprint
from constructs_lib.bundling.source import SourceError, files
from tests import builds


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return builds.function(tmp_path / "function", other="")


def refused(source: Path, handler: str = "handler.handle", **options: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        fingerprint(Recipe(source=source, handler=handler, **options))
    return caught.value


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    assert str(tmp_path / "nowhere") in str(refused(tmp_path / "nowhere"))


def test_a_file_is_no_folder(source: Path) -> None:
    assert "does not exist" in str(refused(source / "handler.py"))


@pytest.mark.parametrize(
    "name", ["", "handler", "handler.", ".handle", "nowhere.handle", "handler/handle", "a.b.c"]
)
def test_a_handler_that_is_not_there_is_named_with_what_is(source: Path, name: str) -> None:
    error = str(refused(source, name))
    assert f"handler {name!r}" in error
    assert "handler.py, other.py" in error


@pytest.mark.parametrize(
    "name", ["package.handle", "package/inner.handle", "package.inner.handle", "v1.2/main.handle"]
)
def test_a_handler_may_lie_in_a_folder(source: Path, name: str) -> None:
    for file in ("package/__init__.py", "package/inner.py", "v1/2/main.py"):
        (source / file).parent.mkdir(parents=True, exist_ok=True)
        (source / file).write_text("")
    assert fingerprint(Recipe(source=source, handler=name))


@pytest.mark.parametrize("name", ["bootstrap", "thaw"])
@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: path.symlink_to("nowhere")])
def test_a_name_that_the_artifact_needs_is_refused(
    source: Path, name: str, make: Callable[[Path], None]
) -> None:
    make(source / name)
    assert str(source / name) in str(refused(source))


def test_requirements_that_do_not_exist_are_named(source: Path) -> None:
    assert "nowhere.txt" in str(refused(source, requirements=source / "nowhere.txt"))


@pytest.mark.parametrize(
    ("text", "name"), [(b"-r nowhere.txt\n", "nowhere.txt"), (b"\xff\xfe", "requirements.txt")]
)
def test_requirements_that_cannot_be_read_are_named(source: Path, text: bytes, name: str) -> None:
    (source / "requirements.txt").write_bytes(text)
    with pytest.raises(BundlingError, match="THAW004: a requirements file cannot be read") as caught:
        fingerprint(Recipe(source=source, handler="handler.handle"))
    assert name in str(caught.value)


def test_links_are_followed(source: Path, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "module.py").write_text("shared = True\n")
    (source / "shared").symlink_to(tmp_path / "shared")
    (source / "linked.py").symlink_to(tmp_path / "shared" / "module.py")
    artifact = builds.built(source)
    assert {name: (artifact.root / name).read_text() for name in ("shared/module.py", "linked.py")} == {
        "shared/module.py": "shared = True\n",
        "linked.py": "shared = True\n",
    }
    assert not any(path.is_symlink() for path in artifact.root.rglob("*"))


@pytest.mark.parametrize("target", [".", "..", "../function"])
def test_a_link_that_leads_back_is_refused(source: Path, target: str) -> None:
    (source / "loop").symlink_to(target)
    assert "leads back" in str(refused(source))


def test_a_link_that_leads_nowhere_is_refused(source: Path) -> None:
    (source / "gone.py").symlink_to("nowhere.py")
    assert f"{source / 'gone.py'} -> nowhere.py" in str(refused(source))


def test_a_pipe_is_refused_and_not_waited_for(source: Path) -> None:
    os.mkfifo(source / "pipe")
    assert str(source / "pipe") in str(refused(source))


def test_what_tools_leave_is_not_part_of_a_function(source: Path) -> None:
    for name in (
        "__pycache__/handler.cpython-311.pyc",
        ".git/HEAD",
        ".venv/bin/python",
        "old.pyc",
        ".DS_Store",
        "config.local.json",
    ):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("")
    assert [file.name for file in files(source)] == ["handler.py", "other.py"]
