"""How a function's files and its layers' come together on the local cloud."""

import io
import zipfile

from thaw_cli.local.additions.layers import merged


def zipped(**files: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o100755 << 16
            archive.writestr(entry, text)
    return written.getvalue()


def contents(archive: bytes) -> dict[str, str]:
    opened = zipfile.ZipFile(io.BytesIO(archive))
    return {name: opened.read(name).decode() for name in opened.namelist()}


def test_a_function_without_a_bootstrap_gets_its_layers_files() -> None:
    assert contents(merged(zipped(handler="h"), zipped(bootstrap="b"))) == {"bootstrap": "b", "handler": "h"}


def test_the_functions_file_is_taken_and_else_the_last_layers() -> None:
    layers = zipped(bootstrap="1", a="1", b="1"), zipped(a="2", b="2")
    assert contents(merged(zipped(b="own"), *layers)) == {"bootstrap": "1", "a": "2", "b": "own"}


def test_modes_are_kept() -> None:
    archive = zipfile.ZipFile(io.BytesIO(merged(zipped(handler="h"), zipped(bootstrap="b"))))
    assert archive.getinfo("bootstrap").external_attr >> 16 == 0o100755


def test_a_function_with_a_bootstrap_is_left_as_it_is() -> None:
    code = zipped(bootstrap="own")
    assert merged(code, zipped(bootstrap="layer")) is code


def test_a_function_without_layers_is_left_as_it_is() -> None:
    code = zipped(handler="h")
    assert merged(code) is code
