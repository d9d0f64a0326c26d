"""Code for a managed runtime is looked into before it is deployed: whether it can be unpacked, and has its handler."""

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.bundling import limits, managed_runtimes
from constructs_lib.bundling.checks import UnzippedSizeError
from constructs_lib.bundling.handlers import HandlerError, check_handler
from constructs_lib.bundling.managed_code import CodeError, look_into, pack

Files = Mapping[str, bytes]
MODIFIED = [(2020, 1, 1, 0, 0, 0), (2026, 11, 21, 9, 30, 0)]


def java_class(java: int) -> bytes:
    """The beginning of a class that was compiled for this Java."""
    return b"\xca\xfe\xba\xbe\0\0" + (java + 44).to_bytes(2)


def zipped(files: Files, modified: tuple[int, int, int, int, int, int] = MODIFIED[0]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, modified), content)
    return data.getvalue()


def folder(root: Path, files: Files) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def refused(path: Path) -> str:
    with pytest.raises(CodeError) as caught:
        look_into("hello", path)
    assert "'hello'" in caught.value.what
    assert None not in (caught.value.received, caught.value.allowed, caught.value.change)
    return str(caught.value)


def test_code_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "app.jar")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("")
    assert "is neither" in refused(tmp_path / "app.py")


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    assert "has no files" in refused(tmp_path)


@given(st.binary(max_size=300))
def test_a_damaged_zip_is_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.zip"
    path.write_bytes(data)
    refused(path)


def test_a_zip_whose_contents_are_damaged_is_refused(tmp_path: Path) -> None:
    data = zipped({"app.py": b"def handle(): ..."})
    (tmp_path / "app.zip").write_bytes(data.replace(b"handle", b"hondle"))
    assert "CRC" in refused(tmp_path / "app.zip")


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"app.py": b"-"}))
    data[data.index(b"PK\1\2") + 8] |= 1  # the flag in the central directory
    (tmp_path / "app.zip").write_bytes(data)
    assert "encrypted" in refused(tmp_path / "app.zip")


def test_a_folder_over_the_limit_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "data").open("wb") as file:
        file.truncate(limits.UNZIPPED_BYTES + 1)
    with pytest.raises(UnzippedSizeError):
        look_into("hello", tmp_path)


def test_a_zip_is_deployed_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "app.zip").write_bytes(zipped({"app.py": b"-"}))
    assert pack(look_into("hello", tmp_path / "app.zip")) == tmp_path / "app.zip"


def test_a_folder_is_zipped(tmp_path: Path) -> None:
    code = look_into("hello", folder(tmp_path, {"app.py": b"-", "data/table.txt": b"1"}))
    assert zipfile.ZipFile(pack(code)).namelist() == ["app.py", "data/table.txt"]


def test_a_zip_made_anew_of_the_same_files_is_the_same(tmp_path: Path) -> None:
    fingerprints = set()
    for number, modified in enumerate(MODIFIED):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(zipped({"app.py": b"-"}, modified))
        fingerprints.add(look_into("hello", path).fingerprint)
    assert len(fingerprints) == 1


def test_the_identity_of_a_folder_is_that_of_contents_and_modes_alone(tmp_path: Path) -> None:
    root = folder(tmp_path, {"app.py": b"-"})
    first = look_into("hello", root).fingerprint
    os.utime(root / "app.py", (0, 0))
    assert look_into("hello", root).fingerprint == first
    (root / "app.py").chmod(0o755)
    assert look_into("hello", root).fingerprint != first


def check(root: Path, files: Files, handler: str, runtime: str, *, has_layers: bool = False) -> None:
    check_handler("hello", look_into("hello", folder(root, files)), handler, runtime, has_layers=has_layers)


GOOD: list[tuple[str, str, Files]] = [
    ("python3.13", "app.handle", {"app.py": b""}),
    ("python3.13", "src/app.handle", {"src/app.py": b""}),
    ("python3.13", "src.app.handle", {"src/app/__init__.py": b""}),
    ("python3.13", "app.handle", {"app.cpython-313-x86_64-linux-gnu.so": b""}),
    ("nodejs24.x", "index.handler", {"index.mjs": b""}),
    ("nodejs24.x", "dist/index.api.handler", {"dist/index.js": b""}),
    ("nodejs24.x", "./index.handler", {"index.cjs": b""}),
    ("java21", "shop.Handler", {"shop/Handler.class": java_class(21)}),
    ("java21", "shop.Handler::handle", {"shop/Handler.class": java_class(8)}),
    ("java21", "shop.Handler$Inner::handle", {"shop/Handler$Inner.class": b""}),
    ("java25", "shop.Handler", {"lib/shop.jar": zipped({"shop/Handler.class": java_class(25)})}),
    ("dotnet10", "Shop::Shop.Function::Handle", {"Shop.dll": b""}),
    ("dotnet10", "Shop", {"Shop.dll": b""}),
    ("ruby4.0", "app.handle", {"app.rb": b""}),
    ("ruby4.0", "app.Shop::Handler.handle", {"app.rb": b""}),
    ("elixir1", "whatever", {"app.ex": b""}),
]


@pytest.mark.parametrize(("runtime", "handler", "files"), GOOD)
def test_a_handler_in_the_code_passes(tmp_path: Path, runtime: str, handler: str, files: Files) -> None:
    check(tmp_path, files, handler, runtime)


BAD: list[tuple[str, str, Files, str]] = [
    ("python3.13", "handle", {"handle.py": b""}, "module.function"),
    ("python3.13", "app::handle", {"app.py": b""}, "module.function"),
    ("python3.13", "main.handle", {"app.py": b""}, "no main.py"),
    ("python3.13", "main.handle", {"app.py": b""}, "in the code: app.py"),
    ("nodejs24.x", "index", {"index.js": b""}, "file.function"),
    ("nodejs24.x", "src/index.handler", {"index.js": b""}, "no src/index.js"),
    ("java21", "Handler::", {"Handler.class": b""}, "package.Class::method"),
    ("java21", "shop.Handler", {"Handler.class": b""}, "no shop/Handler.class"),
    ("java21", "shop.Handler", {"lib/a.jar": b"damaged"}, "no .class files at all"),
    ("java21", "shop.Handler", {"shop/Handler.class": java_class(25)}, "compiled for Java 25"),
    ("dotnet10", "Shop::Handle", {"Shop.dll": b""}, "Assembly::Namespace.Class::Method"),
    ("dotnet10", "Shop", {"Store.dll": b""}, "no Shop.dll"),
    ("ruby4.0", "main.handle", {"app.rb": b""}, "no main.rb"),
]


@pytest.mark.parametrize(("runtime", "handler", "files", "text"), BAD)
def test_a_handler_that_lambda_would_not_find_is_refused(
    tmp_path: Path, runtime: str, handler: str, files: Files, text: str
) -> None:
    with pytest.raises(HandlerError) as caught:
        check(tmp_path, files, handler, runtime)
    assert text in str(caught.value)
    assert handler in str(caught.value.received)


def test_a_handler_may_be_in_a_layer(tmp_path: Path) -> None:
    check(tmp_path, {"app.py": b""}, "datadog_lambda.handler.handler", "python3.13", has_layers=True)


def test_a_jar_is_looked_into(tmp_path: Path) -> None:
    (tmp_path / "app.jar").write_bytes(zipped({"shop/Handler.class": java_class(21)}))
    code = look_into("hello", tmp_path / "app.jar")
    check_handler("hello", code, "shop.Handler::handle", "java21", has_layers=False)


def test_the_ends_of_runtimes_come_in_order_and_have_passed() -> None:
    for name, end in managed_runtimes.ENDS.items():
        assert end.deprecated <= managed_runtimes.AS_OF, name
        assert end.create_blocked <= end.update_blocked, name


def test_what_follows_a_runtime_is_not_at_its_end_itself() -> None:
    assert not set(managed_runtimes.NEWEST.values()) & set(managed_runtimes.ENDS)
    assert managed_runtimes.newest_of("dotnetcore3.1") == "dotnet10"
