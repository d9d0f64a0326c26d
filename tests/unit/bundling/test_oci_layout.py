"""An image is a layout by the letter of its formats, and the tree of what its layers unpack to."""

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.bundling import Architecture, Recipe, Start, oci
from tests import builds


def recipe(source: Path, *, snap_start: bool = False) -> oci.ImageRecipe:
    function = Recipe(source=source, handler="handler.handle", start=Start.PORTABLE)
    return oci.ImageRecipe(function=function, snap_start=snap_start)


@pytest.fixture(scope="module")
def image(hello: Path) -> oci.Image:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_CACHE", str(builds.shared_cache()))
        return oci.build_image(recipe(hello))


def read(layout: Path, descriptor: dict[str, Any]) -> Any:
    """A document by its descriptor, whose digest and size are those of what is there."""
    data = (layout / "blobs" / descriptor["digest"].replace(":", "/")).read_bytes()
    assert (f"sha256:{hashlib.sha256(data).hexdigest()}", len(data)) == (
        descriptor["digest"],
        descriptor["size"],
    )
    return json.loads(data)


@pytest.fixture
def manifest(image: oci.Image) -> Any:
    [described] = json.loads((image.layout / "index.json").read_text())["manifests"]
    return read(image.layout, described)


@pytest.fixture
def config(image: oci.Image, manifest: Any) -> Any:
    return read(image.layout, manifest["config"])


def files_of(image: oci.Image, layer: oci.Layer) -> list[tarfile.TarInfo]:
    blob = image.layout / "blobs" / layer.digest.replace(":", "/")
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(blob.read_bytes()))) as archive:
        return archive.getmembers()


def test_the_layout_says_that_it_is_one(image: oci.Image) -> None:
    assert json.loads((image.layout / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}


def test_the_index_is_one_with_one_manifest_for_the_processor(image: oci.Image) -> None:
    index = json.loads((image.layout / "index.json").read_text())
    [manifest] = index["manifests"]
    assert (index["schemaVersion"], index["mediaType"], manifest["platform"]) == (
        2,
        "application/vnd.oci.image.index.v1+json",
        {"architecture": "amd64", "os": "linux"},
    )


def test_the_manifest_names_the_layers_by_what_they_are_compressed(image: oci.Image, manifest: Any) -> None:
    kind = "application/vnd.oci.image.layer.v1.tar+gzip"
    assert manifest["layers"] == [
        {"mediaType": kind, "digest": each.digest, "size": each.bytes} for each in image.layers
    ]


def test_the_blobs_are_what_their_names_say(image: oci.Image) -> None:
    blobs = list((image.layout / "blobs" / "sha256").iterdir())
    assert [each.name for each in blobs if hashlib.sha256(each.read_bytes()).hexdigest() != each.name] == []


def test_no_blob_is_there_that_nothing_names(image: oci.Image, manifest: Any) -> None:
    [described] = json.loads((image.layout / "index.json").read_text())["manifests"]
    named = [described, manifest["config"], *manifest["layers"]]
    assert {each["digest"].removeprefix("sha256:") for each in named} == {
        each.name for each in (image.layout / "blobs" / "sha256").iterdir()
    }


def test_the_configuration_names_the_layers_by_what_they_are_unpacked(image: oci.Image, config: Any) -> None:
    unpacked = [
        hashlib.sha256(gzip.decompress((image.layout / "blobs" / each.digest.replace(":", "/")).read_bytes()))
        for each in image.layers
    ]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{each.hexdigest()}" for each in unpacked]


def test_what_docker_loads_names_the_same_blobs(image: oci.Image, manifest: Any) -> None:
    [archive] = json.loads((image.layout / "manifest.json").read_text())
    paths = [each["digest"].replace(":", "/") for each in (manifest["config"], *manifest["layers"])]
    assert [archive["Config"], *archive["Layers"]] == [f"blobs/{path}" for path in paths]


def test_an_image_starts_the_entry_with_the_handler_in_the_task_root(config: Any) -> None:
    started = {name: config["config"][name] for name in ("Entrypoint", "Cmd", "WorkingDir")}
    assert started == {
        "Entrypoint": ["/lambda-entrypoint", "/var/task/bootstrap"],
        "Cmd": ["handler.handle"],
        "WorkingDir": "/var/task",
    }


def test_the_tree_is_what_the_layers_unpack_to(image: oci.Image) -> None:
    packed = {each.name for layer in image.layers for each in files_of(image, layer)}
    assert packed == {str(path.relative_to(image.root)) for path in image.root.rglob("*")}


def test_no_file_is_in_two_layers(image: oci.Image) -> None:
    packed = [each.name for layer in image.layers for each in files_of(image, layer) if not each.isdir()]
    assert len(packed) == len(set(packed))


def test_the_handler_lies_in_the_topmost_layer_alone(image: oci.Image) -> None:
    names = {each.name for each in files_of(image, image.layers[-1])}
    assert "var/task/handler.py" in names
    assert not {each for each in names if "thaw/" in each}


def test_an_image_has_authorities_users_and_a_place_for_files(image: oci.Image) -> None:
    there = [
        (image.root / name).exists()
        for name in ("etc/pki/tls/certs/ca-bundle.crt", "etc/passwd", "etc/group", "tmp", "lambda-entrypoint")
    ]
    assert all(there)


def test_everybody_may_write_to_tmp_and_remove_what_is_their_own(image: oci.Image) -> None:
    [tmp] = [each for layer in image.layers for each in files_of(image, layer) if each.name == "tmp"]
    assert oct(tmp.mode) == "0o1777"


def test_debians_name_for_the_authorities_leads_to_amazon_linuxs(image: oci.Image) -> None:
    assert str((image.root / "etc/ssl/certs/ca-certificates.crt").readlink()) == (
        "/etc/pki/tls/certs/ca-bundle.crt"
    )


def test_the_label_for_snap_start_is_there_on_demand_alone(hello: Path, config: Any) -> None:
    image = oci.build_image(recipe(hello, snap_start=True))
    [described] = json.loads((image.layout / "index.json").read_text())["manifests"]
    labelled = read(image.layout, read(image.layout, described)["config"])["config"]
    assert (config["config"].get("Labels"), labelled["Labels"]) == (
        None,
        {"com.amazonaws.lambda.feature.snapstart": "Allow"},
    )


def test_an_image_says_what_it_is_for_whoever_runs_its_tree(image: oci.Image) -> None:
    described = json.loads((image.root.parent / "image.json").read_text())
    assert (described["architecture"], described["command"]) == (Architecture.X86_64, ["handler.handle"])
