"""Functions on a runtime layer: what of the two together cannot be deployed."""

from pathlib import Path

import pytest

from constructs_lib.bundling import Artifact
from constructs_lib.bundling.dependencies import required_modules
from constructs_lib.bundling.limits import MEBIBYTE
from constructs_lib.bundling.on_layer import LayeredSizeError, PreloadedNameError, check_names, check_sizes

HELD = {"modules": {"json": "/opt/thaw/lib/python3.13/json/__init__.pyc", "six": "/opt/six.py", "google": ""}}


def of_size(megabytes: int) -> Artifact:
    return Artifact(
        root=Path("root"),
        archive=Path("zip"),
        fingerprint="0",
        reused=False,
        zip_bytes=1,
        unzipped_bytes=megabytes * MEBIBYTE,
    )


@pytest.mark.parametrize("name", ["six.py", "six", "six.cpython-313-x86_64-linux-gnu.so", "json"])
@pytest.mark.parametrize("folder", ["", "thaw/packages"])
def test_a_name_that_the_snapshot_holds_is_refused_wherever_the_function_has_it(
    tmp_path: Path, folder: str, name: str
) -> None:
    (tmp_path / folder / name).mkdir(parents=True)
    with pytest.raises(PreloadedNameError) as caught:
        check_names("function 'f'", tmp_path, HELD)
    assert caught.value.received == str(Path(folder) / name)


@pytest.mark.parametrize("name", ["handler.py", "google", "six_more.py", "six-1.16.0.dist-info"])
def test_other_names_namespaces_and_metadata_are_not(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    check_names("function 'f'", tmp_path, HELD)


def test_a_portable_layer_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "six.py").touch()
    check_names("function 'f'", tmp_path, None)


def test_both_together_may_have_250_megabytes() -> None:
    check_sizes("function 'f'", of_size(100), of_size(150))
    with pytest.raises(LayeredSizeError, match="THAW026: function 'f'") as caught:
        check_sizes("function 'f'", of_size(100), of_size(151))
    assert caught.value.received == "100.0 MB and 151.0 MB unzipped"


@pytest.mark.parametrize(
    ("files", "modules"),
    [
        (["six.py"], ["six"]),
        (["pkg/__init__.py", "pkg/inner/__init__.py", "pkg/a.py"], ["pkg"]),
        (["google/cloud/storage/__init__.py", "google/cloud/storage/a.py"], ["google.cloud.storage"]),
        (["fast.cpython-313-x86_64-linux-gnu.so"], ["fast"]),
        (["_private.py", "pkg-1.0.data/a.py", "bin/tool.py", "readme.txt"], []),
    ],
)
def test_the_modules_of_a_package_are_those_that_it_puts_outermost(
    tmp_path: Path, files: list[str], modules: list[str]
) -> None:
    described = tmp_path / "some-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Name: some\nVersion: 1.0\n")
    (described / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    assert required_modules(tmp_path) == []
    (described / "REQUESTED").touch()
    assert required_modules(tmp_path) == modules
