"""An artifact is copied to where a user wants it, and nothing of the user's is lost."""

from pathlib import Path

import pytest

from constructs_lib.bundling import Artifact, check_place, place
from constructs_lib.bundling.output import OutputError


def listing(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_a_new_folder_gets_the_whole_task_root(artifact: Artifact, tmp_path: Path) -> None:
    place(artifact, tmp_path / "deep" / "out")
    assert listing(tmp_path / "deep" / "out") == listing(artifact.root)


def test_the_copy_is_the_users_own(artifact: Artifact, tmp_path: Path) -> None:
    place(artifact, tmp_path / "out")
    assert not (tmp_path / "out" / "bootstrap").samefile(artifact.root / "bootstrap")


def test_an_earlier_output_is_replaced_whole(artifact: Artifact, tmp_path: Path) -> None:
    place(artifact, tmp_path / "out")
    (tmp_path / "out" / "of_an_earlier_handler.py").write_text("")
    place(artifact, tmp_path / "out")
    assert listing(tmp_path / "out") == listing(artifact.root)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("link", [False, True], ids=["folder", "link to one"])
def test_an_empty_folder_is_filled(artifact: Artifact, tmp_path: Path, *, link: bool) -> None:
    (tmp_path / "empty").mkdir()
    if link:
        (tmp_path / "link").symlink_to(tmp_path / "empty")
    place(artifact, tmp_path / ("link" if link else "empty"))
    assert (tmp_path / "empty" / "bootstrap").is_file()


def test_the_current_folder_can_be_filled(
    artifact: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    place(artifact, Path())
    assert (tmp_path / "here" / "bootstrap").is_file()


FOREIGN = {
    "a file": ("notes.txt",),
    "another bootstrap": ("bootstrap",),
    "a project with folders of these names": ("bootstrap", "thaw/settings.py"),
}


@pytest.mark.parametrize("names", FOREIGN.values(), ids=FOREIGN.keys())
def test_foreign_files_are_left_alone(artifact: Artifact, tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / name).write_text("precious")
    with pytest.raises(OutputError, match="THAW010"):
        place(artifact, tmp_path / "out")
    assert [(tmp_path / "out" / name).read_text() for name in names] == ["precious"] * len(names)


def test_a_file_in_the_place_of_the_folder_is_left_alone(artifact: Artifact, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("precious")
    with pytest.raises(OutputError):
        place(artifact, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "precious"


@pytest.mark.parametrize("out", ["/proc/out", "/dev/null/out"])
def test_a_place_that_cannot_be_written_is_one_error(artifact: Artifact, out: str) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        place(artifact, Path(out))


@pytest.mark.parametrize("out", [".", "build", "deep/er/build"])
def test_a_place_inside_the_handlers_folder_is_refused(tmp_path: Path, out: str) -> None:
    """The next build would take the output for part of the function."""
    with pytest.raises(OutputError, match="lies in the handler's folder"):
        check_place(tmp_path / out, tmp_path)


def test_a_place_beside_the_handlers_folder_is_allowed(tmp_path: Path) -> None:
    check_place(tmp_path / "function-build", tmp_path / "function")
