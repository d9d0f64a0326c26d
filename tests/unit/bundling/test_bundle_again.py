"""The same input gives the same bytes, and nothing is built twice, whatever interrupted the first attempt."""

import json
import os
import signal
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from constructs_lib.bundling import Artifact, BundlingError, Recipe, Start, build
from tests import builds

ROOT = Path(__file__).parents[3]
BUILD = """
import sys
from pathlib import Path
from constructs_lib.bundling import Recipe, Start, build
recipe = Recipe(source=Path(sys.argv[1]), handler="handler.handle", start=Start.PORTABLE)
artifact = build(recipe, report=lambda step: print(step, flush=True))
print(artifact.reused)
"""
# Tells what the second of two builds in one process opens and starts.
AUDITED = """
import json, sys
from pathlib import Path
from constructs_lib.bundling import Recipe, build
recipe = Recipe(source=Path(sys.argv[1]), handler="handler.handle")
build(recipe)
seen, steps = [], []
sys.addaudithook(lambda event, arguments: seen.append((event, str(arguments[:1]))))
artifact = build(recipe, report=steps.append)
seen = list(seen)
started = [event for event, _ in seen if event in {"subprocess.Popen", "os.fork", "os.posix_spawn", "os.exec"}]
opened = [path for event, path in seen if event == "open" and "site-packages" in path]
written = [path for event, path in seen if event in {"os.mkdir", "os.rename", "shutil.copyfile"}]
print(json.dumps([artifact.reused, steps, started, opened, written]))
"""


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory, hello: Path) -> Artifact:
    """The function built in another cache and from another folder, after a SIGKILL had ended a first attempt."""
    cache = builds.with_users(tmp_path_factory.mktemp("second-cache"))
    elsewhere = builds.function(tmp_path_factory.mktemp("elsewhere") / "another name")
    environment = {**os.environ, "THAW_CACHE": str(cache), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", BUILD, str(elsewhere)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert any("compiling the standard library" in line for line in process.stdout)
        os.killpg(process.pid, signal.SIGKILL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_CACHE", str(cache))
        return build(Recipe(source=elsewhere, handler="handler.handle", start=Start.PORTABLE))


def test_two_builds_in_two_caches_give_the_same_bytes(artifact: Artifact, second: Artifact) -> None:
    assert artifact.archive != second.archive
    assert differences(artifact.archive, second.archive) == []
    assert artifact.archive.read_bytes() == second.archive.read_bytes()


def differences(first: Path, second: Path) -> list[str]:
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as other:
        checksums = [{entry.filename: entry.CRC for entry in archive.infolist()} for archive in (one, other)]
    return sorted(name for name, _ in set(checksums[0].items()) ^ set(checksums[1].items()))


def test_an_interrupted_build_does_not_count(second: Artifact) -> None:
    assert not second.reused


def test_nothing_of_an_interrupted_build_is_kept(second: Artifact) -> None:
    cache = second.root.parents[2]
    assert [path for path in cache.glob("*/.*") if path.parent.name != "zig"] == []


def test_the_fingerprint_does_not_depend_on_where_the_function_lies(
    artifact: Artifact, second: Artifact
) -> None:
    assert artifact.fingerprint == second.fingerprint


def test_an_unchanged_function_is_not_built_again(hello: Path, artifact: Artifact) -> None:
    again = builds.built(hello)
    assert (again.reused, again.root, again.unzipped_bytes) == (True, artifact.root, artifact.unzipped_bytes)


def test_an_unchanged_function_costs_no_step_no_process_and_no_look_at_installed_packages(
    hello: Path, artifact: Artifact
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AUDITED, str(hello)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == [True, [], [], [], []]


def test_a_build_that_fails_leaves_nothing_and_the_next_one_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = builds.with_users(tmp_path / "cache", "tools", "zig", "interpreters")
    monkeypatch.setenv("THAW_CACHE", str(cache))
    recipe = Recipe(
        source=builds.function(tmp_path / "fails"), handler="handler.handle", start=Start.PORTABLE
    )
    (recipe.source / "requirements.txt").write_text("this-distribution-does-not-exist-anywhere==1\n")
    with pytest.raises(BundlingError):
        build(recipe)
    (recipe.source / "requirements.txt").unlink()
    assert not build(recipe).reused
    assert [*cache.glob("artifacts/.*"), *cache.glob("packages/.*")] == []


def test_two_processes_that_build_the_same_build_it_once(tmp_path: Path) -> None:
    source = builds.function(tmp_path / "twice", other="once = True\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def run(_: int) -> str:
        command = [sys.executable, "-c", BUILD, str(source)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor() as pool:
        reused = sorted(output.splitlines()[-1] for output in pool.map(run, range(2)))
    assert reused == ["False", "True"]
