"""Dependencies are installed as their lock says, for the target, or uv's own words are told."""

import re
import subprocess
from pathlib import Path

import pytest

from constructs_lib.bundling import Architecture, Artifact
from constructs_lib.bundling.dependencies import DependencyError, _explained, files
from constructs_lib.bundling.interpreter import find
from tests import builds

ROOT = Path(__file__).parents[3]
# Has a C extension, no dependencies, and is small.
PACKAGE = "simplejson"


def locked(package: str) -> str:
    """The lines of the project's own lock for one package, hashes included."""
    lock = (ROOT / "requirements" / "dev.txt").read_text()
    found = re.search(rf"^{package}==.*\n(?:    --hash=.*\n)+", lock, re.MULTILINE)
    assert found is not None, f"{package} is no longer in requirements/dev.txt"
    return found.group().rstrip().removesuffix("\\")


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    source = builds.function(tmp_path_factory.mktemp("with-requirements") / "function")
    (source / "requirements.txt").write_text(locked(PACKAGE))
    return builds.built(source)


def test_a_package_with_a_c_extension_can_be_imported(artifact: Artifact) -> None:
    code = f"import sys; sys.path.insert(0, {str(artifact.root / 'thaw/packages')!r})\n"
    code += "from simplejson import _speedups; print(_speedups.__file__)"
    python = artifact.root / "thaw" / "bin" / "python3"
    done = subprocess.run([python, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert "_speedups.cpython-" in done.stdout


def test_packages_lie_apart_from_the_handlers_files(artifact: Artifact) -> None:
    top = {path.name for path in artifact.root.iterdir() if path.name != "__pycache__"}
    assert top == {"bootstrap", "handler.py", "requirements.txt", "thaw"}


def test_every_module_of_a_package_has_bytecode(artifact: Artifact) -> None:
    package = artifact.root / "thaw" / "packages" / PACKAGE
    compiled = {path.name.split(".")[0] for path in package.glob("__pycache__/*.pyc")}
    assert compiled == {path.stem for path in package.glob("*.py")}


def test_packages_are_installed_once_for_all_functions_that_ask_for_the_same(
    artifact: Artifact, tmp_path: Path, cache: Path
) -> None:
    before = set((cache / "packages").iterdir())
    other = builds.function(tmp_path / "other", other="")
    (tmp_path / "lock.txt").write_text(locked(PACKAGE))
    builds.built(other, requirements=tmp_path / "lock.txt")
    assert set((cache / "packages").iterdir()) == before


def refused(folder: Path, requirements: str) -> str:
    source = builds.function(folder / "function")
    (source / "requirements.txt").write_text(requirements)
    with pytest.raises(DependencyError) as caught:
        builds.built(source)
    return str(caught.value)


def test_a_requirement_that_does_not_exist_is_told_in_uvs_words(tmp_path: Path) -> None:
    error = refused(tmp_path, "this-distribution-does-not-exist-anywhere==1\n")
    assert error.startswith(f"THAW004: the requirements of {tmp_path}")
    assert "this-distribution-does-not-exist-anywhere" in error
    assert "Traceback" not in error


def test_a_package_that_does_not_have_the_locked_hash_is_refused(tmp_path: Path) -> None:
    version = locked(PACKAGE).split()[0]
    assert "hash" in refused(tmp_path, f"{version} --hash=sha256:{'0' * 64}\n").lower()


def test_a_line_that_is_no_requirement_is_refused(tmp_path: Path) -> None:
    assert "requirements.txt" in refused(tmp_path, "this is no requirement ???\n")


def test_included_files_count_once_and_in_order(tmp_path: Path) -> None:
    texts = {
        "a.txt": "-r b.txt\n--constraint=sub/c.txt  # why\nname-r==1\n",
        "b.txt": "  -ra.txt\n--requirement sub/c.txt\n",
        "sub/c.txt": "# -r nowhere.txt\n-c d.txt\n",
        "sub/d.txt": "idna<4\n",
    }
    (tmp_path / "sub").mkdir()
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = [file.resolve() for file in files(tmp_path / "a.txt")]
    assert found == [tmp_path / name for name in texts]


def test_the_address_of_a_registry_is_told_without_its_password() -> None:
    words = "failed to fetch https://user:secret@registry.example/simple/x"
    error = _explained(Path("requirements.txt"), words, find(None, Architecture.X86_64))
    assert "https://***@registry.example/simple/x" in str(error)
    assert "secret" not in str(error)
