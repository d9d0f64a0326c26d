"""``thaw image build`` as a user calls it, and the archive that it writes."""

import json
import os
import resource
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import pytest
from image_commands import CODE, call, document

from tests import builds
from thaw_cli import archive
from thaw_cli.local.emulator import INVOCATIONS

Build = Callable[..., Any]


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_CACHE", str(builds.shared_cache()))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return builds.function(tmp_path_factory.mktemp("image-command") / "function", handler=CODE)


@pytest.fixture(scope="module")
def out(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_CACHE", str(builds.shared_cache()))
        out = tmp_path_factory.mktemp("archive") / "image.tar"
        document(call("build", source, "--out", out, "--json"))
        return out


def member(file: Path, name: str) -> Any:
    with tarfile.open(file) as opened:
        return json.load(cast("IO[bytes]", opened.extractfile(name)))


def test_an_archive_is_what_docker_load_takes(out: Path) -> None:
    [image] = member(out, "manifest.json")
    with tarfile.open(out) as opened:
        assert {image["Config"], *image["Layers"]} <= set(opened.getnames())


def test_an_archive_is_an_archived_oci_layout(out: Path) -> None:
    assert member(out, "oci-layout") == {"imageLayoutVersion": "1.0.0"}
    assert len(member(out, "index.json")["manifests"]) == 1


def test_the_same_image_is_the_same_archive(source: Path, out: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.tar"
    document(call("build", source, "--out", again, "--json"))
    assert again.read_bytes() == out.read_bytes()


def test_an_archives_files_are_sorted_and_say_nothing_of_this_machine(out: Path) -> None:
    with tarfile.open(out) as opened:
        entries = opened.getmembers()
    assert [entry.name for entry in entries] == sorted(entry.name for entry in entries)
    assert {(entry.uid, entry.gid, entry.uname, entry.gname) for entry in entries} == {(0, 0, "", "")}
    assert {entry.mtime for entry in entries} == {archive._EPOCH}


def test_build_describes_what_it_made(source: Path, out: Path, tmp_path: Path) -> None:
    told = document(call("build", source, "--out", tmp_path / "image.tar", "--json"))
    [image] = member(out, "manifest.json")
    assert image["RepoTags"] == [told["tag"]]
    assert told["archive_bytes"] == out.stat().st_size
    assert told["compressed_bytes"] == sum(layer["bytes"] for layer in told["layers"])


def test_build_shows_layers_and_what_to_do_next(source: Path, tmp_path: Path) -> None:
    result = call("build", source, "--out", tmp_path / "image.tar")
    assert [line.split()[0] for line in result.stdout.splitlines() if "reused" in line or " new" in line] == [
        "system",
        "emulator",
        "interpreter",
        "start",
        "handler",
    ]
    load, run, curl = result.stdout.splitlines()[-3:]
    assert load.endswith(f"load --input {tmp_path / 'image.tar'}")
    assert "run --rm -p 9000:8080 thaw-image:" in run
    assert curl == f"  curl -XPOST \"http://localhost:9000{INVOCATIONS}\" -d '{{}}'"


def test_next_steps_name_the_engine_that_the_cdk_would_use(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDK_DOCKER", "podman")
    steps = document(call("build", source, "--out", tmp_path / "image.tar", "--json"))["next"]
    assert [step.split()[0] for step in steps] == ["podman", "podman", "curl"]


def test_an_image_without_emulator_has_no_layer_of_it(source: Path, tmp_path: Path) -> None:
    told = document(call("build", source, "--no-emulator", "--out", tmp_path / "image.tar", "--json"))
    assert "emulator" not in {layer["name"] for layer in told["layers"]}


def test_an_image_without_emulator_is_not_said_to_run_here(source: Path, tmp_path: Path) -> None:
    told = document(call("build", source, "--no-emulator", "--out", tmp_path / "image.tar", "--json"))
    assert [step.split()[1] for step in told["next"]] == ["load"]


def test_an_image_may_be_labelled_for_snapstart(source: Path, tmp_path: Path) -> None:
    document(call("build", source, "--snap-start", "--out", tmp_path / "image.tar", "--json"))
    [image] = member(tmp_path / "image.tar", "manifest.json")
    config = member(tmp_path / "image.tar", image["Config"])["config"]
    assert config["Labels"] == {"com.amazonaws.lambda.feature.snapstart": "Allow"}


def test_an_image_upon_a_base_is_an_archive_to_build_from(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "image.tar"
    told = document(call("build", source, "--base", "debian:12-slim", "--out", out, "--json"))
    with tarfile.open(out) as opened:
        dockerfile = cast("IO[bytes]", opened.extractfile("Dockerfile")).read().decode()
        entry = opened.getmember("system/lambda-entrypoint")
    assert dockerfile.startswith("FROM debian:12-slim\n")
    assert entry.mode == 0o755
    assert told["next"][0].endswith(f"build --tag {told['tag']} - < {out}")


@pytest.mark.parametrize("options", [[], ["--base", "debian:12-slim"]], ids=["scratch", "base"])
def test_build_replaces_an_earlier_archive(source: Path, tmp_path: Path, options: list[str]) -> None:
    out = tmp_path / "image.tar"
    document(call("build", source, "--out", out, "--no-emulator", *options, "--json"))
    first = out.read_bytes()
    document(call("build", source, "--out", out, "--json"))
    assert out.read_bytes() != first


def other_archive(file: Path) -> None:
    with tarfile.open(file, "w") as opened:
        opened.add(__file__, "manifest.json")


def other_image(file: Path) -> None:
    (file.parent / "manifest.json").write_text('[{"RepoTags": ["debian:12"]}]')
    with tarfile.open(file, "w") as opened:
        opened.add(file.parent / "manifest.json", "manifest.json")
    (file.parent / "manifest.json").unlink()


@pytest.mark.parametrize(
    "put",
    [
        lambda file: file.write_text("precious"),
        lambda file: file.symlink_to("nowhere"),
        os.mkfifo,
        other_archive,
        other_image,
    ],
    ids=["text", "dangling link", "pipe", "archive", "image"],
)
def test_build_replaces_nothing_else(source: Path, tmp_path: Path, put: Callable[[Path], object]) -> None:
    put(tmp_path / "image.tar")
    before = os.lstat(tmp_path / "image.tar")
    result = call("build", source, "--out", tmp_path / "image.tar")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("THAW084: there is something else")
    assert os.lstat(tmp_path / "image.tar") == before


def test_build_makes_no_folders(source: Path, tmp_path: Path) -> None:
    result = call("build", source, "--out", tmp_path / "new" / "image.tar")
    assert result.exit_code == 1
    assert "THAW084: the archive would lie in a folder that does not exist" in result.stderr


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk with so much room, as far as one file is concerned."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_an_archive_that_does_not_fit_leaves_nothing(source: Path, out: Path, tmp_path: Path) -> None:
    old = tmp_path / "image.tar"
    old.write_bytes(out.read_bytes())
    with files_of_at_most(1 << 20):
        result = call("build", source, "--out", old)
    assert "THAW084: the archive cannot be written" in result.stderr
    assert "File too large" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["image.tar"]
    assert old.read_bytes() == out.read_bytes()


def test_an_archive_is_readable_as_other_new_files_are(out: Path) -> None:
    (out.parent / "other").touch()
    assert out.stat().st_mode == (out.parent / "other").stat().st_mode
