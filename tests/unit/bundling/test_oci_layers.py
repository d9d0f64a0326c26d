"""Layers: the same files give the same archive, byte for byte, and only what a registry needs to know is in it."""

import gzip
import hashlib
import io
import os
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.bundling.oci.layers import Layer, Part, _compressed, layer_of

Lay = Callable[[Path], None]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("THAW_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def part(tmp_path: Path) -> Part:
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "program").write_bytes(b"\x7fELF")
    (root / "bin" / "program").chmod(0o710)
    (root / "notes").write_text("text")
    (root / "notes").chmod(0o600)
    (root / "link").symlink_to("bin/program")
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)
    return Part("part", root, ("notes", "bin/program", "link", "tmp"), seldom=False)


def archive(part: Part) -> bytes:
    return gzip.decompress(layer_of(part)[1].read_bytes())


def entries(part: Part) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(archive(part))) as file:
        return file.getmembers()


def test_entries_are_in_order_with_every_folder_before_what_lies_in_it(part: Part) -> None:
    assert [each.name for each in entries(part)] == ["bin", "bin/program", "link", "notes", "tmp"]


def test_modes_are_those_of_programs_data_and_folders_whatever_the_builders_umask(part: Part) -> None:
    assert {each.name: oct(each.mode) for each in entries(part) if not each.issym()} == {
        "bin": "0o755",
        "bin/program": "0o755",
        "notes": "0o644",
        "tmp": "0o1777",
    }


def test_everything_belongs_to_root_and_no_name_of_the_builder_is_in_it(part: Part) -> None:
    assert {(each.uid, each.gid, each.uname, each.gname) for each in entries(part)} == {(0, 0, "", "")}


def test_everything_is_of_one_moment(part: Part) -> None:
    assert {each.mtime for each in entries(part)} == {315_532_800}


def test_a_link_stays_a_link(part: Part) -> None:
    assert [each.linkname for each in entries(part) if each.issym()] == ["bin/program"]


def test_a_layer_is_known_by_the_digests_of_its_archive_before_and_after_compression(part: Part) -> None:
    layer, blob = layer_of(part)
    digests = [hashlib.sha256(data).hexdigest() for data in (blob.read_bytes(), archive(part))]
    assert [f"sha256:{each}" for each in digests] == [layer.digest, layer.uncompressed_digest]


def test_a_layer_tells_its_sizes(part: Part) -> None:
    layer, blob = layer_of(part)
    assert (layer.bytes, layer.uncompressed_bytes) == (blob.stat().st_size, len(b"\x7fELF") + len("text"))


def test_two_caches_get_the_same_bytes_of_files_of_other_times(
    part: Part, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = layer_of(part)[1].read_bytes()
    os.utime(part.root / "notes", (1, 1))
    monkeypatch.setenv("THAW_CACHE", str(tmp_path / "other"))
    assert layer_of(part)[1].read_bytes() == first


def test_an_unchanged_part_is_not_packed_again(part: Part) -> None:
    first, again = layer_of(part)[0], layer_of(part)[0]
    assert (first.reused, again) == (False, replace(first, reused=True))


def append(root: Path) -> None:
    (root / "notes").write_text("texts")


def make_executable(root: Path) -> None:
    (root / "notes").chmod(0o755)


def lead_elsewhere(root: Path) -> None:
    (root / "link").unlink()
    (root / "link").symlink_to("notes")


@pytest.mark.parametrize("change", [append, make_executable, lead_elsewhere])
def test_a_changed_file_mode_or_link_is_another_layer(part: Part, change: Lay) -> None:
    before = layer_of(part)[0]
    change(part.root)
    assert layer_of(part)[0].uncompressed_digest != before.uncompressed_digest


def test_a_path_of_more_than_a_hundred_letters_stays_as_it_is(part: Part) -> None:
    name = "/".join(["folder" * 10] * 5 + ["ö"])
    (part.root / name).parent.mkdir(parents=True)
    (part.root / name).write_text("")
    assert entries(replace(part, paths=(name,)))[-1].name == name


@given(data=st.binary(max_size=5000), level=st.sampled_from([9, 12]))
def test_what_is_compressed_is_read_by_any_gzip(data: bytes, level: int) -> None:
    assert gzip.decompress(_compressed(data, level)) == data


def test_what_is_compressed_tells_neither_time_nor_system() -> None:
    assert _compressed(b"data", 9)[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\xff"


def test_a_layer_says_what_it_is_without_its_archive(part: Part, own_cache: Path) -> None:
    layer, blob = layer_of(part)
    assert isinstance(layer, Layer)
    assert blob.is_relative_to(own_cache / "layers")
