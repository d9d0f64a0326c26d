"""How what was found at build time is judged and said."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from thaw_runtime.watched import is_written

from constructs_lib.bundling import Recipe
from constructs_lib.bundling.refusals import refusal

RECIPE = Recipe(source=Path("function"), handler="handler.handle", initialize_at_build_time=True)
KINDS = (
    "environment",
    "thread",
    "descriptor",
    "file",
    "shared memory",
    "child",
    "stream",
    "process",
    "import",
)
# Any name that the system can have, with what is no text as os.fsdecode shows it.
NAMES = st.binary(max_size=12).map(os.fsdecode) | st.text(max_size=12)


@given(st.sampled_from(KINDS), NAMES, st.lists(NAMES, max_size=2), st.none() | NAMES)
def test_any_name_is_said_and_can_be_printed(
    kind: str, what: str, where: list[str], module: str | None
) -> None:
    said = str(refusal(RECIPE, [{"kind": kind, "what": what, "where": where, "module": module}]))
    shown = [each.encode(errors="backslashreplace").decode() for each in (what, *where, module or "")]
    assert all(each in said for each in shown)
    assert said.encode().decode() == said


def test_what_to_do_is_said_once_for_findings_of_one_kind() -> None:
    found = [{"kind": "thread", "what": name, "where": [], "module": None} for name in ("one", "two")]
    said = str(refusal(RECIPE, found))
    assert said.count("start it when it is first needed") == 1
    assert said.count("leaves a thread running") == 2


def test_without_initialisation_of_the_handler_preload_is_what_to_change() -> None:
    recipe = Recipe(source=Path("function"), handler="handler.handle", preload=("library",))
    said = str(refusal(recipe, [{"kind": "import", "what": "library: no", "where": [], "module": "library"}]))
    assert "preloading library cannot be imported: library: no" in said
    assert "leave it out of preload" in said


@pytest.mark.parametrize("seed", [0, 42, -1, 2**63, 20261121, 0.5, 1.25, "text", b"seven b", 10**9])
def test_a_seed_that_people_write_is_meant_to_repeat(seed: object) -> None:
    assert is_written(seed)


@pytest.mark.parametrize(
    "seed",
    [
        None,
        os.urandom(16),
        int.from_bytes(b"\xff" + os.urandom(15)),
        time.time(),
        int(time.time()),
        time.time_ns(),
        time.time_ns() // 1000,
        time.time_ns() // 1_000_000,
        os.getpid(),
    ],
    ids=["none", "bytes", "128 bits", "time", "seconds", "ns", "us", "ms", "process"],
)
def test_a_seed_that_was_drawn_or_is_the_time_is_not(seed: object) -> None:
    assert not is_written(seed)
