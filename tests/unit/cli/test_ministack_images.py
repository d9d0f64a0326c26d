"""Which image a function of the local cloud names, and how it is started."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from thaw_cli.local.additions import in_engine, in_root
from thaw_cli.local.additions.functions import explained, zipped
from thaw_cli.local.additions.images import ImageCache, Reference, Start

TAG = "a1" * 32
DIGEST = f"sha256:{'b2' * 32}"
ECR = "000000000000.dkr.ecr.eu-north-1.amazonaws.com"
START = Start(("/entry",), ("handler.handle",), {"PATH": "/bin"}, "/var/task")


@pytest.fixture
def cache(tmp_path: Path) -> ImageCache:
    """A cache with one image, and what an interrupted build leaves."""
    image = tmp_path / TAG
    (image / "layout").mkdir(parents=True)
    (image / "layout" / "index.json").write_text(json.dumps({"manifests": [{"digest": DIGEST}]}))
    described = {"entrypoint": START.entrypoint, "command": START.command, "environment": START.environment}
    (image / "image.json").write_text(json.dumps({**described, "working_directory": "/var/task"}))
    (tmp_path / f"{TAG}.lock").touch()
    (tmp_path / f".{TAG}-x").mkdir()
    return ImageCache(tmp_path)


@pytest.mark.parametrize(
    ("uri", "reference"),
    [
        (f"{ECR}/assets:{TAG}", Reference("assets", TAG, None)),
        (f"{ECR}/team/assets@{DIGEST}", Reference("team/assets", None, DIGEST)),
        (f"{ECR}/assets:v1.2-x@{DIGEST}", Reference("assets", "v1.2-x", DIGEST)),
        (f"{ECR}/assets", Reference("assets", "latest", None)),
        ("127.0.0.1:20000/assets:1", Reference("assets", "1", None)),
    ],
)
def test_an_image_is_known_by_repository_and_tag_or_digest(uri: str, reference: Reference) -> None:
    assert Reference.of(uri) == reference


@pytest.mark.parametrize("uri", ["", f"{ECR}/", f"{ECR}/assets@sha256:12", f"{ECR}/assets:"])
def test_what_names_no_image_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        Reference.of(uri)


@pytest.mark.parametrize("uri", [f"{ECR}/any:{TAG}", f"{ECR}/any@{DIGEST}"])
def test_an_image_of_the_cache_is_found(cache: ImageCache, tmp_path: Path, uri: str) -> None:
    found = cache.find(Reference.of(uri))
    assert found is not None
    assert (found.root, found.start) == (tmp_path / TAG / "root", START)


@pytest.mark.parametrize("uri", [f"{ECR}/any:{'0' * 64}", f"{ECR}/any:..", f"{ECR}/any@sha256:{'0' * 64}"])
def test_no_other_image_is_found(cache: ImageCache, uri: str) -> None:
    assert cache.find(Reference.of(uri)) is None


def test_an_image_with_a_base_is_not_whole_in_the_cache(cache: ImageCache, tmp_path: Path) -> None:
    (tmp_path / TAG / "context").mkdir()
    assert cache.find(Reference.of(f"{ECR}/any:{TAG}")) is None


def test_a_cache_that_is_not_there_has_no_image(tmp_path: Path) -> None:
    assert ImageCache(tmp_path / "nowhere").find(Reference("any", None, DIGEST)) is None


@pytest.mark.parametrize(
    ("config", "line"),
    [
        ({}, ["/entry", "handler.handle"]),
        ({"Command": ["other.handle"]}, ["/entry", "other.handle"]),
        ({"EntryPoint": ["/sh", "-c"]}, ["/sh", "-c", "handler.handle"]),
    ],
)
def test_what_a_function_configures_is_started_instead(config: dict[str, list[str]], line: list[str]) -> None:
    changed = START.changed(config)
    assert [*changed.entrypoint, *changed.command] == line


def test_a_function_configures_its_working_directory() -> None:
    assert START.changed({"WorkingDirectory": "/srv"}).working_directory == "/srv"


def test_a_start_is_an_archive_with_an_executable_bootstrap() -> None:
    entry = zipfile.ZipFile(io.BytesIO(zipped("#!/bin/sh\n"))).getinfo("bootstrap")
    assert entry.external_attr >> 16 == 0o100755


@pytest.mark.parametrize("mark", [in_root.MARK, in_engine.MARK])
def test_why_an_image_does_not_start_is_all_that_is_said(mark: str) -> None:
    message = f"bootstrap exited during init with code 1: words\n{mark}Runtime.Kind what; change: this\nmore"
    result = explained({"body": {"errorMessage": message, "errorType": "x"}, "error": True})
    assert result["body"] == {"errorType": "Runtime.Kind", "errorMessage": "what; change: this"}


@pytest.mark.parametrize(
    "result",
    [
        {"body": {"errorMessage": f"{in_root.MARK}not an error"}},
        {"body": {"errorMessage": "its own", "errorType": "ValueError"}, "error": True},
        {"body": b"\0", "log": ""},
    ],
)
def test_what_a_function_says_is_left_as_it_is(result: dict[str, object]) -> None:
    assert explained(result) is result


KNOWN = {"engine": "docker", "label": "c1", "engine_variables": {"PATH": "/bin", "HOME": "/home/u"}}
PLAN = {"image": "127.0.0.1:1/r:t", "memory_megabytes": 256, "disk_megabytes": "512", "start": {}}


def test_values_of_variables_are_not_on_the_engines_command_line() -> None:
    line = in_engine.command(KNOWN, PLAN, "n", {"SECRET": "value"})
    assert "SECRET" in line
    assert not [each for each in line if "value" in each]


def test_a_variable_that_the_engine_needs_itself_has_the_functions_value_in_the_container() -> None:
    assert "PATH=/opt" in in_engine.command(KNOWN, PLAN, "n", {"PATH": "/opt"})


def test_an_entry_point_of_several_words_is_passed_to_the_engine_in_two_places() -> None:
    plan = {**PLAN, "start": {"EntryPoint": ["/sh", "-c"], "Command": ["x"], "WorkingDirectory": "/srv"}}
    line = in_engine.command(KNOWN, plan, "n", {})
    assert line[-5:] == ["--entrypoint=/sh", "--workdir=/srv", "127.0.0.1:1/r:t", "-c", "x"]
