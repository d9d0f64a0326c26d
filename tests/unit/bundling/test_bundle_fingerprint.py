"""The fingerprint changes with every input and with nothing else."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.bundling import Recipe, fingerprint
from constructs_lib.bundling.fingerprinting import of_files
from tests import builds


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    source = builds.function(tmp_path / "function", other="def handle(event, context): ...\n")
    (source / "requirements.txt").write_text("-r more.txt\nidna==3.10\n")
    (source / "more.txt").write_text("-c ../limits.txt\n")
    (tmp_path / "limits.txt").write_text("idna<4\n")
    return Recipe(source=source, handler="handler.handle")


Change = Callable[[Recipe], Recipe | None]
CHANGES: dict[str, Change] = {
    "the content of a file": lambda recipe: _write(recipe.source / "other.py", "x = 1\n"),
    "a new file": lambda recipe: _write(recipe.source / "data.json", ""),
    "the name of a file": lambda recipe: _move(recipe.source / "other.py", recipe.source / "another.py"),
    "the executable bit": lambda recipe: (recipe.source / "other.py").chmod(0o755),
    "the requirements": lambda recipe: _write(recipe.source / "requirements.txt", "idna==3.9\n"),
    "a file that the requirements include": lambda recipe: _write(
        recipe.source.parent / "limits.txt", "idna<5\n"
    ),
    "the handler": lambda recipe: replace(recipe, handler="other.handle"),
    "other requirements": lambda recipe: replace(recipe, requirements=recipe.source / "more.txt"),
}
NO_CHANGES: dict[str, Change] = {
    "a time": lambda recipe: os.utime(recipe.source / "handler.py", (0, 0)),
    "bytecode": lambda recipe: _write(recipe.source / "__pycache__" / "handler.pyc", "x"),
    "what tools leave": lambda recipe: _write(recipe.source / ".mypy_cache" / "x", "x"),
    "another place": lambda recipe: replace(
        recipe, source=shutil.copytree(recipe.source, recipe.source.parent / "b", symlinks=True)
    ),
    "a bit that Lambda does not keep": lambda recipe: (recipe.source / "other.py").chmod(0o600),
}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def _move(source: Path, target: Path) -> None:
    source.rename(target)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_it_changes_with(recipe: Recipe, change: Change) -> None:
    before = fingerprint(recipe)
    assert fingerprint(change(recipe) or recipe) != before


@pytest.mark.parametrize("change", NO_CHANGES.values(), ids=NO_CHANGES.keys())
def test_it_does_not_change_with(recipe: Recipe, change: Change) -> None:
    before = fingerprint(recipe)
    assert fingerprint(change(recipe) or recipe) == before


FILES = st.dictionaries(st.text("ab/.", min_size=1, max_size=4), st.binary(max_size=3), max_size=3).filter(
    lambda files: all(_is_file_name(name, files) for name in files)
)


def _is_file_name(name: str, others: dict[str, bytes]) -> bool:
    parts = name.split("/")
    above = {"/".join(parts[:count]) for count in range(1, len(parts))}
    return not above & set(others) and all(part and part.strip(".") for part in parts)


@given(FILES, FILES)
def test_two_folders_have_one_fingerprint_only_if_they_are_equal(
    tmp_path_factory: pytest.TempPathFactory, first: dict[str, bytes], second: dict[str, bytes]
) -> None:
    found = []
    for files in (first, second):
        folder = tmp_path_factory.mktemp("files")
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        found.append(of_files(folder))
    assert (found[0] == found[1]) == (first == second)
