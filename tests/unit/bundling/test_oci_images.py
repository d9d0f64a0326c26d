"""Images: what of two of them is the same, what makes them others, and that none is ever half made."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.bundling import Recipe, Start, oci
from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.oci import layers as layers_module
from tests import builds

# In little room for the tests' time: how well is compressed is nobody's claim here.
FASTEST = 1
KILLED = """
import os, signal, sys
from pathlib import Path
from constructs_lib.bundling import Recipe, Start, oci
function = Recipe(source=Path(sys.argv[1]), handler="handler.handle", start=Start.PORTABLE)
def report(step):
    if step == "packing the image's layers":
        os.kill(os.getpid(), signal.SIGKILL)
oci.build_image(oci.ImageRecipe(function=function), report=report)
"""
Change = Callable[[oci.ImageRecipe], oci.ImageRecipe]


def recipe(source: Path, *, start: Start = Start.PORTABLE, **options: Any) -> oci.ImageRecipe:
    function = Recipe(source=source, handler="handler.handle", start=start)
    return oci.ImageRecipe(function=function, **options)


@pytest.fixture(scope="module")
def image(hello: Path) -> oci.Image:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_CACHE", str(builds.shared_cache()))
        return oci.build_image(recipe(hello))


def test_layers_are_ordered_from_what_changes_seldom_to_what_changes_often(image: oci.Image) -> None:
    names = ["system", "emulator", "interpreter", "start", "handler"]
    assert [layer.name for layer in image.layers] == names


def test_the_emulator_is_left_out_on_demand_and_nothing_else_with_it(hello: Path, image: oci.Image) -> None:
    without = oci.build_image(recipe(hello, emulator=False))
    assert [layer.digest for layer in without.layers] == [
        layer.digest for layer in image.layers if layer.name != "emulator"
    ]


@pytest.mark.parametrize("start", [Start.PORTABLE, Start.SNAPSHOT])
def test_a_changed_handler_changes_its_own_layer_alone(tmp_path: Path, start: Start) -> None:
    source = builds.function(tmp_path / "function")
    before = oci.build_image(recipe(source, start=start))
    (source / "handler.py").write_text(builds.HELLO + "# changed\n")
    after = oci.build_image(recipe(source, start=start))
    assert [
        new.name for old, new in zip(before.layers, after.layers, strict=True) if old.digest != new.digest
    ] == ["handler"]


def test_changed_dependencies_leave_interpreter_and_handler_as_they_are(tmp_path: Path) -> None:
    source = builds.function(tmp_path / "function")
    before = oci.build_image(recipe(source))
    (source / "requirements.txt").write_text("six==1.16.0\n")
    after = oci.build_image(recipe(source))
    known = {layer.digest for layer in before.layers}
    assert [layer.name for layer in after.layers if layer.digest not in known] == ["dependencies", "handler"]


def test_an_unchanged_image_is_found_again(hello: Path, image: oci.Image) -> None:
    again = oci.build_image(recipe(hello))
    assert (again.reused, again.fingerprint, again.layout) == (True, image.fingerprint, image.layout)


def of_another_handler(recipe: oci.ImageRecipe) -> oci.ImageRecipe:
    return replace(recipe, function=replace(recipe.function, handler="handler.other"))


def without_emulator(recipe: oci.ImageRecipe) -> oci.ImageRecipe:
    return replace(recipe, emulator=False)


def with_snap_start(recipe: oci.ImageRecipe) -> oci.ImageRecipe:
    return replace(recipe, snap_start=True)


def upon_a_base(recipe: oci.ImageRecipe) -> oci.ImageRecipe:
    return replace(recipe, base="base:1")


@pytest.mark.parametrize("change", [of_another_handler, without_emulator, with_snap_start, upon_a_base])
def test_everything_that_makes_another_image_makes_another_fingerprint(hello: Path, change: Change) -> None:
    assert oci.fingerprint(change(recipe(hello))) != oci.fingerprint(recipe(hello))


def test_two_caches_get_the_same_image(hello: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers_module, "_STRONGEST", FASTEST)
    digests = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        folder = builds.with_users(tmp_path / name, "zig", "interpreters", "native")
        monkeypatch.setenv("THAW_CACHE", str(folder))
        digests.append((oci.build_image(recipe(hello)).layout / "index.json").read_bytes())
        monkeypatch.setenv("THAW_CACHE", str(builds.shared_cache()))
    assert digests[0] == digests[1]


def test_a_base_gets_the_layers_as_a_context_with_a_dockerfile(hello: Path) -> None:
    context = oci.build_image(recipe(hello, base="base:1")).context
    assert context is not None
    lines = (context / "Dockerfile").read_text().splitlines()
    copied = [line for line in lines if line.startswith("COPY")]
    names = ("system", "emulator", "interpreter", "start", "handler")
    assert (lines[0], copied) == ("FROM base:1", [f'COPY ["{name}/", "/"]' for name in names])


def test_a_base_keeps_its_own_authorities_users_and_path(hello: Path) -> None:
    context = oci.build_image(recipe(hello, base="base:1")).context
    assert context is not None
    assert [path.name for path in (context / "system").iterdir()] == ["lambda-entrypoint"]
    assert "ENV PATH" not in (context / "Dockerfile").read_text()


def test_an_image_from_scratch_has_no_context(image: oci.Image) -> None:
    assert image.context is None


def left(folder: Path) -> list[str]:
    """What of images and layers is in a cache, locks aside."""
    found = [*folder.glob("images/*"), *folder.glob("images/.*"), *folder.glob("layers/.*")]
    return [path.name for path in found if path.suffix != ".lock"]


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with what takes long, and none of the session's images."""
    (tmp_path / "cache").mkdir()
    folder = builds.with_users(tmp_path / "cache", "zig", "interpreters", "artifacts", "native")
    monkeypatch.setenv("THAW_CACHE", str(folder))
    return folder


def test_a_build_that_fails_leaves_nothing(own_cache: Path, hello: Path) -> None:
    def report(step: str) -> None:
        if step == "packing the image's layers":
            raise BundlingError("no", change="nothing")

    with pytest.raises(BundlingError):
        oci.build_image(recipe(hello), report=report)
    assert left(own_cache) == []


def test_what_a_killed_build_left_does_not_count_and_goes_with_the_next(
    own_cache: Path, hello: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers_module, "_STRONGEST", FASTEST)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, hello],
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert killed.returncode == -signal.SIGKILL
    made = oci.build_image(recipe(hello))
    assert (made.reused, left(own_cache)) == (False, [made.fingerprint])
