"""Building in a container, as far as that can be seen without an engine; tests/containers has one."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from constructs_lib.bundling import Architecture, Recipe, Start, build, container, fingerprint, starts
from constructs_lib.bundling.container import Mount
from constructs_lib.bundling.container_engine import ContainerBuildError, ContainerEngineError, run
from constructs_lib.bundling.refusals import RefusedError
from constructs_lib.bundling.starts import SnapshotUnavailableError

IMAGE = "python:3.13-slim"


@pytest.fixture
def recipe(hello: Path) -> Recipe:
    return Recipe(source=hello, handler="handler.handle", builder=IMAGE)


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A path for an engine, with nothing there."""
    monkeypatch.setenv("CDK_DOCKER", str(tmp_path / "engine"))
    return tmp_path / "engine"


def script(path: Path, *lines: str) -> Path:
    """A program of the given lines of shell."""
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


def options(architecture: Architecture = Architecture.X86_64, *mounts: Mount) -> list[str]:
    return container.options(IMAGE, architecture, mounts, Path("/home/me/.cache/thaw/containers/1"))


@pytest.mark.parametrize(
    ("architecture", "platform"),
    [(Architecture.X86_64, "linux/amd64"), (Architecture.ARM64, "linux/arm64")],
)
def test_the_container_has_the_functions_architecture(architecture: Architecture, platform: str) -> None:
    arguments = options(architecture)
    assert arguments[arguments.index("--platform") + 1] == platform


def test_outer_folders_are_mounted_first_and_only_the_cache_is_writable() -> None:
    inner, outer = Mount(Path("/a"), Path("/project/function")), Mount(Path("/project"), Path("/project"))
    cache = Mount(Path("/cache"), Path("/cache"), writable=True)
    assert [each for each in options(Architecture.X86_64, inner, outer, cache) if "--mount" in each] == [
        "--mount=type=bind,source=/cache,target=/cache",
        "--mount=type=bind,source=/project,target=/project,readonly",
        "--mount=type=bind,source=/a,target=/project/function,readonly",
    ]


def test_variables_that_say_which_package_index_are_passed_on_without_their_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://user:password@packages.example/simple")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    arguments = options()
    assert "--env=UV_DEFAULT_INDEX" in arguments
    assert not [each for each in arguments if "password" in each or "AWS" in each]


def test_the_fingerprint_needs_no_engine(recipe: Recipe) -> None:
    assert fingerprint(recipe) == fingerprint(recipe)


@pytest.mark.parametrize(
    "change",
    [
        {"builder": None},
        {"builder": "python:3.12-slim"},
        {"start": Start.SNAPSHOT},
        {"start": Start.PORTABLE},
        {"python": Path("/opt/python3.12")},
        {"architecture": Architecture.ARM64},
        {"initialize_at_build_time": True},
    ],
    ids=str,
)
def test_the_fingerprint_of_a_build_in_a_container_changes_with(
    recipe: Recipe, change: dict[str, object]
) -> None:
    assert fingerprint(replace(recipe, **change)) != fingerprint(recipe)


def test_without_an_engine_the_error_says_so(recipe: Recipe, no_engine: Path) -> None:
    with pytest.raises(ContainerEngineError, match=rf"THAW018: no container engine answers\n.*{no_engine}"):
        build(recipe)


def test_an_engine_that_is_not_running_is_quoted(recipe: Recipe, no_engine: Path) -> None:
    script(no_engine, "echo Is the daemon running? >&2", "exit 1")
    with pytest.raises(ContainerEngineError, match=r"received: Is the daemon running\?\n"):
        build(recipe)


@pytest.mark.parametrize(
    "facts", [{"Architecture": "aarch64"}, {"host": {"arch": "arm64"}}], ids=["docker", "podman"]
)
def test_no_snapshot_is_made_by_an_emulated_processor(
    recipe: Recipe, no_engine: Path, facts: dict[str, object]
) -> None:
    script(no_engine, f"echo '{json.dumps(facts)}'")
    with pytest.raises(SnapshotUnavailableError, match="engine's machine is arm64, the function x86_64"):
        build(replace(recipe, start=Start.SNAPSHOT))


def test_where_nothing_asks_for_a_snapshot_an_obstacle_makes_the_start_portable(recipe: Recipe) -> None:
    assert starts.choose(recipe, "emulated") == Start.PORTABLE
    assert starts.choose(recipe, None) is None


def test_who_cannot_make_a_snapshot_is_told_of_the_container(recipe: Recipe) -> None:
    with pytest.raises(SnapshotUnavailableError, match=r"THAW013(.*\n)*  change: .*--builder IMAGE"):
        starts.choose(replace(recipe, start=Start.SNAPSHOT), "this is Darwin")


def test_steps_of_the_container_are_reported(no_engine: Path) -> None:
    steps: list[str] = []
    script(no_engine, """echo '{"step": "zipping"}'""", """echo '{"built": "0f"}'""")
    assert run([], steps.append) == "0f"
    assert steps == ["zipping"]


def test_an_error_of_the_build_keeps_its_kind_and_its_words(no_engine: Path, tmp_path: Path) -> None:
    error = RefusedError("cannot", received="a\n  thread", change="start it later")
    said = {name: getattr(error, name) for name in ("id", "what", "received", "allowed", "change")}
    (tmp_path / "said").write_text(json.dumps({"error": said}))
    script(no_engine, f"cat {tmp_path}/said")
    with pytest.raises(RefusedError) as caught:
        run([], print)
    assert str(caught.value) == str(error)


def test_an_image_that_cannot_be_had_is_the_engines_error(no_engine: Path) -> None:
    script(no_engine, "echo manifest unknown >&2", "exit 125")
    with pytest.raises(ContainerEngineError, match=r"THAW018(.*\n)*  received: manifest unknown\n"):
        run([], print)


def test_a_container_that_ends_without_a_result_is_quoted(no_engine: Path) -> None:
    script(no_engine, """echo '{"step": "zipping"}'""", "echo Killed >&2", "exit 137")
    with pytest.raises(
        ContainerBuildError, match=r"THAW019(.*\n)*  received: exit status 137\nKilled\n"
    ) as caught:
        run([], lambda _step: None)
    assert "memory ran out" in caught.value.change


def test_the_container_of_a_build_that_is_interrupted_is_removed(no_engine: Path, tmp_path: Path) -> None:
    script(no_engine, f'echo "$1 $3 $4" >> {tmp_path}/calls', """echo '{"step": "zipping"}'""")

    def interrupt(_step: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run([], interrupt)
    started, removed = (tmp_path / "calls").read_text().split("\n")[:2]
    assert started.startswith("run --name thaw-")
    assert removed == f"rm {started.split()[2]} "
