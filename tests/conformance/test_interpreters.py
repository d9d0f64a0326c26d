"""Every supported CPython on this machine can be bundled and runs; the one of these tests does in all of them."""

import json
import os
import sys
from pathlib import Path

import pytest
from runtime_api import Environment, RuntimeApi

from constructs_lib.bundling import Architecture, Start
from constructs_lib.bundling.starts import obstacle
from tests import builds

PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
PYTHONS = {
    executable.name: executable
    for executable in sorted(PYENV.glob("versions/3.1[1234]*/bin/python3.1[1234]"))
    if executable.name != f"python3.{sys.version_info.minor}"
}


@pytest.mark.skipif(not PYTHONS, reason="no other CPython of pyenv")
@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS.keys())
def test_a_function_runs_on_it(python: Path, api: RuntimeApi, tmp_path: Path) -> None:
    code = "import sys, ssl, sqlite3, ctypes\ndef handle(event, context): return sys.version.split()[0]\n"
    artifact = builds.built(builds.function(tmp_path / "hello", handler=code), python=python)
    variables = {"AWS_LAMBDA_RUNTIME_API": api.address, "_HANDLER": "handler.handle"}
    with Environment([artifact.root / "bootstrap"], variables, tmp_path):
        assert api.invoke().body.decode().strip('"').startswith(python.name.removeprefix("python") + ".")


# Module-level work of every kind whose internals differ from version to version, and what is left of it after a restore.
VARIED = """
import asyncio, collections, dataclasses, enum, functools, gc, logging, random, re, ssl, sqlite3, threading, uuid, weakref
class Kept: pass
kept, drawn = Kept(), random.Random()
@dataclasses.dataclass
class Point: x: int = 1
@functools.lru_cache
def square(x): return x * x
cycle = []; cycle.append(cycle)
log, pattern, context = logging.getLogger("kept"), re.compile("a+"), ssl.create_default_context()

def handle(event, context_):
    global kept
    seen = []
    weakref.finalize(kept, seen.append, "finalised")
    kept = None
    thread = threading.Thread(target=seen.append, args=["thread"])
    thread.start(), thread.join()
    seen.append(asyncio.run(asyncio.sleep(0, "loop")))
    namespace = {}
    exec("def made(x): return [x for x in range(x)]", namespace)
    del cycle[:]
    gc.collect()
    seen += [str(Point(2)), square(3), pattern.match("aab").group(), sum(namespace["made"](100))]
    return [*seen, str(uuid.uuid4()), drawn.random()]
"""
SEEN = ["finalised", "thread", "loop", "Point(x=2)", 9, "aa", 4950]


@pytest.mark.skipif(not PYTHONS, reason="no other CPython of pyenv")
@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS.keys())
def test_a_snapshot_of_it_is_taken_up(python: Path, tmp_path: Path) -> None:
    if (reason := obstacle(Architecture.X86_64)) is not None:
        pytest.skip(reason)
    artifact = builds.built(
        builds.function(tmp_path / "varied", handler=VARIED),
        python=python,
        start=Start.SNAPSHOT,
        initialize_at_build_time=True,
    )
    first, second = (answer_of(artifact.root / "bootstrap", tmp_path) for _ in range(2))
    assert (first[:-2], second[:-2]) == (SEEN, SEEN)
    assert set(first[-2:]).isdisjoint(second[-2:])


def answer_of(bootstrap: Path, folder: Path) -> list[object]:
    """What a new process answers. Each has an API of its own: one that was ended might still be given the next event."""
    with RuntimeApi() as api:
        variables = {"AWS_LAMBDA_RUNTIME_API": api.address, "_HANDLER": "handler.handle"}
        with Environment([bootstrap], variables, folder) as environment:
            answer: list[object] = json.loads(api.invoke().body)
        assert "starting without the snapshot" not in environment.output()[1]
    return answer
