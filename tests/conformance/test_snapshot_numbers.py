"""No number that should be new repeats in two hundred processes of one snapshot, though all were drawn from at build."""

import json
import shutil
import subprocess

import pytest
from initialised import HANDLERS
from snapshots import inside, scratch_of

from constructs_lib.bundling import Artifact

STARTS = 200
CODE = "result = {name: str(draw()) for name, draw in NUMBERS.items()}"


@pytest.fixture(scope="session")
def drawn(afterwards: Artifact, known: dict[str, str]) -> list[dict[str, str]]:
    """What each of the processes drew."""
    shutil.copy(HANDLERS / "many_starts.py", scratch_of(afterwards.root))
    done = subprocess.run(
        [*inside(afterwards.root, "start"), "/var/task/thaw/bin/python3", "/tmp/many_starts.py", str(STARTS)],
        env={
            **known,
            "AWS_ACCESS_KEY_ID": "AKIDREAL",
            "AWS_SECRET_ACCESS_KEY": "of this process",
            "_HANDLER": "handler.handle",
        },
        input=json.dumps(CODE),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    "name",
    [
        "random",
        "random.Random of the module",
        "numpy.random",
        "numpy.random.Generator of the module",
        "uuid1",
        "uuid4",
        "secrets",
        "tempfile",
        "ssl.RAND_bytes",
        "key of cryptography's OpenSSL",
        "salt of libpq's OpenSSL",
        "SQLite's random",
        "key of multiprocessing",
    ],
)
def test_no_value_repeats(drawn: list[dict[str, str]], name: str) -> None:
    assert len({each[name] for each in drawn}) == STARTS


def test_nodes_of_time_based_identifiers_do_not_repeat(drawn: list[dict[str, str]]) -> None:
    """Otherwise two environments that ask in the same tenth of a microsecond would get the same one."""
    assert len({each["uuid1"].rpartition("-")[2] for each in drawn}) == STARTS
